import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** The names of the packages whose code the build of a package makes a part of its own. */
export async function bundledPackages(folder: string): Promise<readonly string[]> {
  const build = (await import(pathToFileURL(join(folder, "tsup.config.ts")).href)) as {
    default: { noExternal?: readonly string[] };
  };
  return build.default.noExternal ?? [];
}
