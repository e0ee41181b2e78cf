import { basename, join } from "node:path";
import { readManifest, root } from "../checks/workspace.ts";

/** One of the paths that a package exports. */
export interface EntryPoint {
  /** What its users import. */
  readonly specifier: string;
  readonly packageFolder: string;
  /** The built file of its declarations. */
  readonly declarations: string;
  /** The path of its committed report, relative to the root of the repository. */
  readonly report: string;
}

/** The entry points of the package in `packages/<folder>`. */
export function entryPointsOf(folder: string): EntryPoint[] {
  const packageFolder = join(root, "packages", folder);
  const { name, exports = {} } = readManifest(packageFolder);
  return Object.entries(exports).flatMap(([subpath, target]) => {
    if (typeof target === "string" || target.types === undefined) return [];
    return {
      specifier: `${name}${subpath.slice(".".length)}`,
      packageFolder,
      declarations: join(packageFolder, target.types),
      report: `packages/${folder}/api/${basename(target.types, ".d.ts")}.api.md`,
    };
  });
}
