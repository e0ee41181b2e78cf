import { packageTests } from "@archestra/presets/vitest";

export default packageTests({
  globalSetup: ["@archestra/test-servers/vault-global-setup", "test/setup/postgres-server.ts"],
});
