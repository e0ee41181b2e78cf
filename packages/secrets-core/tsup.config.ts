import { libraryBuild } from "@archestra/presets/tsup";

export default libraryBuild(["src/index.ts", "src/plugin.ts", "src/ownership.ts", "src/memory.ts"], {
  oneChunk: {
    first: "src/index.ts",
    others: ["src/plugin.ts", "src/ownership.ts", "src/memory.ts", "src/routing.ts"],
  },
});
