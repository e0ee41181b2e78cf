import { libraryBuild } from "../../tools/presets/tsup.ts";

export default libraryBuild(["src/index.ts"]);
