import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Options } from "tsup";

type EsbuildPlugin = NonNullable<Options["esbuildPlugins"]>[number];

/** Modules of a package that share one chunk. */
export interface OneChunk {
  /** The one that most users load, and whose imports all of them are built as if they imported. */
  readonly first: string;
  /** Entry points, and modules that are loaded by `import()`. */
  readonly others: readonly string[];
}

/**
 * Puts what several entries have in common into one chunk. esbuild makes a chunk for every set of entries that share
 * something, and each file costs an import of the package half a millisecond, however small the file is.
 */
export function oneChunk({ first, others }: OneChunk): EsbuildPlugin {
  const firstPath = resolve(first);
  const otherPaths = new Set(others.map((path) => resolve(path)));
  return {
    name: "one-chunk",
    setup(build) {
      // An import of which nothing is used counts as one only where the module is said to do something by itself.
      build.onResolve({ filter: /^\.{1,2}\// }, ({ resolveDir, path }) => ({
        path: resolve(resolveDir, path),
        sideEffects: true,
      }));
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (!otherPaths.has(path)) return undefined;
        const source = await readFile(path, "utf8");
        return { contents: `${source}\nimport ${JSON.stringify(firstPath)};\n`, loader: "ts" };
      });
    },
  };
}
