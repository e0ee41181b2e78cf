import { existsSync, globSync, statSync } from "node:fs";
import { join } from "node:path";

/** The paths of all files below a folder, relative to it, without folders of the given names; none when it is not there. */
export function filesUnder(folder: string, except: readonly string[] = []): string[] {
  if (!existsSync(folder)) return [];
  return globSync("**/*", { cwd: folder, exclude: (name) => except.includes(name) })
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort();
}
