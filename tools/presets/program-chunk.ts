import { resolve } from "node:path";
import type { Options } from "tsup";

type EsbuildPlugin = NonNullable<Options["esbuildPlugins"]>[number];

/** What shares one chunk. */
export interface ProgramChunk {
  /** Modules that most runs of the program load: paths of the package, or of an installed package. */
  readonly modules: readonly string[];
  /** Modules that are loaded by `import()`, and must not load the others with them. */
  readonly apart: readonly string[];
}

/**
 * Puts the modules, and everything that they import, into one chunk. esbuild makes a chunk for every set of entries that
 * share something, and each file costs a start half a millisecond, however small it is. So every module that is loaded by
 * `import()` is built as if it imported all of them.
 */
export function programChunk({ modules, apart }: ProgramChunk): EsbuildPlugin {
  const shared = modules.map((path) => resolve(path));
  const excepted = new Set(apart.map((path) => resolve(path)));
  const namespace = "program-chunk";
  return {
    name: namespace,
    setup(build) {
      build.onResolve({ filter: /./ }, async ({ kind, path, importer, resolveDir, pluginData }) => {
        if (kind !== "dynamic-import" || pluginData === namespace) return undefined;
        const found = await build.resolve(path, { kind, importer, resolveDir, pluginData: namespace });
        if (found.external || found.errors.length > 0 || excepted.has(found.path)) return undefined;
        return { path: found.path, namespace };
      });
      build.onLoad({ filter: /./, namespace }, ({ path }) => ({
        contents: [
          `export * from ${JSON.stringify(path)};`,
          // What an entry exports is used, so it is not left out.
          ...shared.map((each, index) => `export * as shared${index} from ${JSON.stringify(each)};`),
        ].join("\n"),
        resolveDir: resolve("."),
      }));
    },
  };
}
