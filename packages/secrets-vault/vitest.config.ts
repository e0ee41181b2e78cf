import { packageTests } from "../../tools/presets/vitest.ts";

export default packageTests({
  setupFiles: ["test/setup/planted-values.ts"],
  globalSetup: ["../../tools/test-servers/vault-global-setup.ts"],
  maxWorkers: 4,
});
