import { packageTests } from "../../tools/presets/vitest.ts";

export default packageTests({
  globalSetup: [
    "../../tools/test-servers/vault-global-setup.ts",
    "../../packages/secrets-db/test/setup/postgres-server.ts",
  ],
});
