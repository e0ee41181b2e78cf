import { libraryBuild } from "../../tools/presets/tsup.ts";

export default libraryBuild(["src/index.ts", "src/vitest.ts", "src/node-test.ts", "src/vault-auth.ts"]);
