import { libraryBuild } from "@archestra/presets/tsup";
import manifest from "./package.json" with { type: "json" };

export default {
  ...libraryBuild(["src/index.ts"]),
  define: { PACKAGE_VERSION: JSON.stringify(manifest.version) },
};
