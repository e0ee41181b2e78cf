import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type PackedPackage, pack } from "../packed-package.ts";
import { root } from "../workspace.ts";
import { changeManifest, packProject } from "./plugin-project.ts";

/** The published packages as a stranger gets them. */
export interface Tarballs {
  readonly core: PackedPackage;
  readonly db: PackedPackage;
  readonly testkit: PackedPackage;
  readonly vault: PackedPackage;
}

export function packWorkspace(workFolder: string): Tarballs {
  const packed = (name: string) => {
    const folder = join(workFolder, "tarballs", name);
    mkdirSync(folder, { recursive: true });
    return pack(join(root, "packages", `secrets-${name}`), folder);
  };
  return {
    core: packed("core"),
    db: packed("db"),
    testkit: packed("testkit"),
    vault: packed("vault"),
  };
}

/** Core under two version numbers. */
export interface CoreVersions {
  /** The tarball that a plugin is built with. */
  readonly older: string;
  /** The tarball of a later minor version, which an application has. */
  readonly newer: string;
}

/** The code is the same: what the numbers prove is how package managers, and core itself, deal with two. */
export async function packCoreVersions({ core }: Tarballs, workFolder: string): Promise<CoreVersions> {
  const packAs = async (version: string) => {
    const folder = join(workFolder, `core-${version}`);
    cpSync(core.folder, folder, { recursive: true });
    changeManifest(folder, (manifest) => {
      manifest.version = version;
    });
    return packProject({ manager: "npm", folder, workFolder });
  };
  return { older: await packAs("1.0.0"), newer: await packAs("1.1.0") };
}

/** Lets a package.json find what is not published in a tarball: changes each range of the packages that it has. */
export function useTarballs(manifest: Record<string, unknown>, tarballs: Tarballs): void {
  const development = manifest.devDependencies as Record<string, string>;
  for (const { manifest: packed, tarball } of Object.values(tarballs) as PackedPackage[]) {
    if (packed.name in development) development[packed.name] = `file:${tarball}`;
  }
}
