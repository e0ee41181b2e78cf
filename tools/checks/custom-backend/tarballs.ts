import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type PackedPackage, pack } from "../packed-package.ts";
import { root } from "../workspace.ts";

/** The published packages as a stranger gets them. */
export interface Tarballs {
  readonly core: PackedPackage;
  readonly db: PackedPackage;
  readonly testkit: PackedPackage;
}

export function packWorkspace(workFolder: string): Tarballs {
  const packed = (name: string) => {
    const folder = join(workFolder, "tarballs", name);
    mkdirSync(folder, { recursive: true });
    return pack(join(root, "packages", `secrets-${name}`), folder);
  };
  return { core: packed("core"), db: packed("db"), testkit: packed("testkit") };
}

/** Lets a package.json find what is not published in a tarball: changes each range of the packages that it has. */
export function useTarballs(manifest: Record<string, unknown>, { core, testkit }: Tarballs): void {
  const development = manifest.devDependencies as Record<string, string>;
  development[core.manifest.name] = `file:${core.tarball}`;
  development[testkit.manifest.name] = `file:${testkit.tarball}`;
}
