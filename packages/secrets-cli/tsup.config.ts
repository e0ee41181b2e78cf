import { libraryBuild } from "@archestra/presets/tsup";

export default libraryBuild(["src/index.ts", "src/bin.ts"]);
