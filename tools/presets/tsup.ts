import type { Options } from "tsup";

/**
 * The one build of every published package: ESM, declarations, source maps, `import("./x.ts")` kept as a chunk.
 * tsup's own README recommends tsdown by now; this file is what would change.
 */
export function libraryBuild(entry: string[]): Options {
  return {
    entry,
    format: "esm",
    target: "node22",
    platform: "node",
    dts: true,
    sourcemap: true,
    splitting: true,
    clean: true,
    // esbuild strips the `node:` prefix otherwise, and `node:sqlite` has no name without it.
    removeNodeProtocol: false,
  };
}
