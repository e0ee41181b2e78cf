import { packageTests } from "@archestra/presets/vitest";

export default packageTests({
  setupFiles: ["test/setup/planted-values.ts"],
  globalSetup: ["@archestra/test-servers/postgres-global-setup"],
  maxWorkers: 2,
});
