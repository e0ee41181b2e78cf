import { packageTests } from "../../tools/presets/vitest.ts";

export default packageTests({
  setupFiles: ["test/setup/planted-values.ts"],
  globalSetup: ["test/setup/postgres-server.ts"],
  maxWorkers: 2,
});
