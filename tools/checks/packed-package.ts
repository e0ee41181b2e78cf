import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { filesUnder } from "./files-under.ts";
import { type Manifest, readManifest } from "./workspace.ts";

/** A package as its users get it. */
export interface PackedPackage {
  /** The folder that it was packed from. */
  readonly source: string;
  readonly tarball: string;
  /** Where the tarball is unpacked: in the `node_modules` of an otherwise empty folder. */
  readonly folder: string;
  readonly files: readonly string[];
  /** The package.json in the tarball: pnpm rewrites `workspace:` and `catalog:` ranges. */
  readonly manifest: Manifest;
}

/** Packs a package and unpacks the tarball below `workFolder`. */
export function pack(source: string, workFolder: string): PackedPackage {
  const { name } = readManifest(source);
  const tarball = join(workFolder, "package.tgz");
  execFileSync("pnpm", ["pack", "--out", tarball], { cwd: source, stdio: ["ignore", "ignore", "inherit"] });

  const folder = join(workFolder, "node_modules", name);
  mkdirSync(folder, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", folder, "--strip-components=1"]);
  return { source, tarball, folder, files: filesUnder(folder), manifest: readManifest(folder) };
}
