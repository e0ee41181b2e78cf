import { packageTests } from "@archestra/presets/vitest";

export default packageTests({
  setupFiles: ["test/setup/planted-values.ts"],
  globalSetup: ["test/setup/postgres-server.ts"],
  maxWorkers: 2,
});
