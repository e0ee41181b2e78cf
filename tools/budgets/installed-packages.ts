import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PackedPackage } from "../checks/packed-package.ts";
import type { Manifest } from "../checks/workspace.ts";

/** The folder of each package that an installation writes, by its real path. Our own are those of their tarballs. */
export type InstalledPackages = ReadonlyMap<string, string>;

/**
 * What an installation of one of our packages in an empty folder writes, with the versions of the lockfile: so it changes only
 * with a commit.
 *
 * @param own our packages as packed, by their name
 */
export function installedPackages(
  packed: PackedPackage,
  own: ReadonlyMap<string, PackedPackage>,
): InstalledPackages {
  const found = new Map<string, string>();
  visit(realpathSync(packed.source), packed.manifest.name);
  return found;

  function visit(folder: string, name: string): void {
    if (found.has(folder)) return;
    const ownPackage = own.get(name);
    found.set(folder, ownPackage?.folder ?? folder);
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
    for (const dependency of installedWith(manifest)) {
      const target = findPackage(folder, dependency);
      if (target !== undefined) visit(target, dependency);
    }
  }
}

/** The bytes of all files below a folder, without the packages that are installed in it. */
export function bytesOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== "node_modules")
    .reduce((sum, entry) => {
      const path = join(folder, entry.name);
      return sum + (entry.isDirectory() ? bytesOf(path) : statSync(path).size);
    }, 0);
}

function installedWith(manifest: Manifest): string[] {
  const { dependencies, optionalDependencies, peerDependencies = {} } = manifest;
  const meta = (manifest.peerDependenciesMeta ?? {}) as Readonly<Record<string, { optional?: boolean }>>;
  const peers = Object.keys(peerDependencies).filter((name) => meta[name]?.optional !== true);
  return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers];
}

/** Finds a package as Node does. Undefined: it is not installed, as an optional one of another platform. */
function findPackage(folder: string, name: string): string | undefined {
  const path = join(folder, "node_modules", name);
  if (existsSync(path)) return realpathSync(path);
  const parent = dirname(folder);
  return parent === folder ? undefined : findPackage(parent, name);
}
