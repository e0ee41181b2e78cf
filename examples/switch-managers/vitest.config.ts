import { packageTests } from "../../tools/presets/vitest.ts";

export default packageTests({
  // They mostly wait for processes that they have started.
  maxWorkers: 4,
  globalSetup: [
    "../../tools/test-servers/vault-global-setup.ts",
    "../../packages/secrets-db/test/setup/postgres-server.ts",
  ],
});
