import { packageTests } from "@archestra/presets/vitest";

export default packageTests({
  // They mostly wait for processes that they have started.
  maxWorkers: 4,
  globalSetup: [
    "@archestra/test-servers/vault-global-setup",
    "@archestra/test-servers/postgres-global-setup",
  ],
});
