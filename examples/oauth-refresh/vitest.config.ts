import { packageTests } from "@archestra/presets/vitest";

export default packageTests({
  // Each test has many processes of its own.
  maxWorkers: 1,
  globalSetup: [
    "@archestra/test-servers/vault-global-setup",
    "@archestra/test-servers/postgres-global-setup",
  ],
});
