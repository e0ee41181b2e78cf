import { libraryBuild } from "@archestra/presets/tsup";

export default libraryBuild([
  "src/index.ts",
  "src/vitest.ts",
  "src/node-test.ts",
  "src/vault-auth.ts",
  "src/faults.ts",
]);
