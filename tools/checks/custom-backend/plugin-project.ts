import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
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

/** Installs, builds, checks the types of and tests a plugin's package, with both test runners. */
export function provePlugin(project: PluginProject, tarballs: Tarballs): void {
  changeManifest(project.folder, (manifest) => useTarballs(manifest, tarballs));
  install(project);
  for (const script of ["build", "check-types", "test", "test:node"]) {
    run(project.manager, ["run", script], project);
  }
}

export function install({ manager, ...place }: PluginProject, ...options: string[]): void {
  const quiet = manager === "npm" ? ["--no-audit", "--no-fund"] : ["--no-frozen-lockfile"];
  run(manager, ["install", ...quiet, ...options], place);
}

/** Packs a built plugin, as `npm publish` would. @returns the tarball */
export function packPlugin(project: PluginProject): string {
  run(project.manager, ["pack"], project);
  const { name, version } = JSON.parse(readFileSync(join(project.folder, "package.json"), "utf8"));
  return join(project.folder, `${name}-${version}.tgz`);
}

export function changeManifest(folder: string, change: (manifest: Record<string, unknown>) => void): void {
  const path = join(folder, "package.json");
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  change(manifest);
  writeFileSync(path, JSON.stringify(manifest, undefined, 2));
}
