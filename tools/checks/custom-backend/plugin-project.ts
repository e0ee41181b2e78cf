import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { readManifest } from "../workspace.ts";
import { type Place, run } from "./command.ts";
import { type Tarballs, useTarballs } from "./tarballs.ts";

/** What people install packages with. */
export type PackageManager = "npm" | "pnpm";

/** A plugin's package in a folder of its own, outside the workspace. */
export interface PluginProject extends Place {
  readonly manager: PackageManager;
}

const leftOut = new Set(["node_modules", "dist", "package-lock.json", "pnpm-lock.yaml"]);

/** Copies a package without what was installed or built in it. */
export function copyPackage(source: string, target: string): void {
  cpSync(source, target, { recursive: true, filter: (path) => !leftOut.has(basename(path)) });
}

/** Installs a plugin's package and runs its scripts: by default those that check its types, build it and test it with both test runners. */
export async function provePlugin(
  project: PluginProject,
  tarballs: Tarballs,
  scripts: readonly string[] = ["check-types", "build", "test", "test:node"],
): Promise<void> {
  changeManifest(project.folder, (manifest) => useTarballs(manifest, tarballs));
  await install(project);
  for (const script of scripts) {
    await run(project.manager, ["run", script], project);
  }
}

export async function install({ manager, ...place }: PluginProject): Promise<void> {
  const options = manager === "npm" ? ["--no-audit", "--no-fund"] : ["--no-frozen-lockfile"];
  await run(manager, ["install", ...options], place);
}

/** Packs a built package, as `npm publish` would. @returns the tarball */
export async function packProject(project: PluginProject): Promise<string> {
  await run(project.manager, ["pack"], project);
  const { name, version } = readManifest(project.folder);
  return join(project.folder, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
}

export function changeManifest(folder: string, change: (manifest: Record<string, unknown>) => void): void {
  const path = join(folder, "package.json");
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  change(manifest);
  writeFileSync(path, JSON.stringify(manifest, undefined, 2));
}
