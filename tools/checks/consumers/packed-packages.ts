import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pack } from "../packed-package.ts";
import { packageFolders, root } from "../workspace.ts";

/** The tarball of each of our packages, by the package's name. */
export type PackedPackages = ReadonlyMap<string, string>;

/** Packs every package, since an application may install any of them. */
export function packPackages(workFolder: string): PackedPackages {
  const tarballs = packageFolders().map((name) => {
    const folder = join(workFolder, "tarballs", name);
    mkdirSync(folder, { recursive: true });
    const { manifest, tarball } = pack(join(root, "packages", name), folder);
    return [manifest.name, tarball] as const;
  });
  return new Map(tarballs);
}
