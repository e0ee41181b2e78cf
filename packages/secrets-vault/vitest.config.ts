import { packageTests } from "@archestra/presets/vitest";

export default packageTests({
  setupFiles: ["test/setup/planted-values.ts"],
  globalSetup: ["@archestra/test-servers/vault-global-setup"],
  maxWorkers: 4,
});
