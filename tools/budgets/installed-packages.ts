import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Manifest, readManifest } from "../checks/workspace.ts";

/** The folder of each package that an installation writes, by its real path. Our own are those of their tarballs. */
export type InstalledPackages = ReadonlyMap<string, string>;

/**
 * What an installation of a package in an empty folder writes, with the versions of the lockfile: so it changes only with a
 * commit. Packages for one platform do not count.
 *
 * @param folder where the package is
 * @param ownFolders where our packages are as packed, by their name
 */
export function installedPackages(
  folder: string,
  ownFolders: ReadonlyMap<string, string> = new Map(),
): InstalledPackages {
  const found = new Map<string, string>();
  visit(realpathSync(folder));
  return found;

  function visit(path: string): void {
    if (found.has(path)) return;
    const manifest = readManifest(path);
    found.set(path, ownFolders.get(manifest.name) ?? path);
    for (const dependency of installedWith(manifest)) {
      const target = findPackage(path, dependency);
      if (target !== undefined && !isForOnePlatform(target)) visit(target);
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

/** Which packages these are, and how large, differs from machine to machine. */
function isForOnePlatform(folder: string): boolean {
  const { os, cpu } = readManifest(folder);
  return os !== undefined || cpu !== undefined;
}

/** Finds a package as Node does. Undefined: it is not installed, as an optional one of another platform. */
export function findPackage(folder: string, name: string): string | undefined {
  const path = join(folder, "node_modules", name);
  if (existsSync(path)) return realpathSync(path);
  const parent = dirname(folder);
  return parent === folder ? undefined : findPackage(parent, name);
}
