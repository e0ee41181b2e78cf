import type { Options } from "tsup";
import { type OneChunk, oneChunk } from "./one-chunk.ts";

/**
 * The one build of every published package: ESM, declarations, source maps, `import("./x.ts")` kept as a chunk.
 * tsup's own README recommends tsdown by now; this file is what would change.
 */
export function libraryBuild(entry: string[], options: { readonly oneChunk?: OneChunk } = {}): Options {
  return {
    entry,
    esbuildPlugins: options.oneChunk === undefined ? [] : [oneChunk(options.oneChunk)],
    format: "esm",
    target: "node22",
    platform: "node",
    dts: true,
    sourcemap: true,
    // The sources are in the package, and a source map names them.
    esbuildOptions: (esbuild) => {
      esbuild.sourcesContent = false;
    },
    splitting: true,
    clean: true,
    // esbuild strips the `node:` prefix otherwise, and `node:sqlite` has no name without it.
    removeNodeProtocol: false,
  };
}
