import { existsSync, mkdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { CommandFailed, run } from "../custom-backend/command.ts";
import type { PackageManager } from "./package-manager.ts";

/** A Node, by the version of the package `node`. Undefined: the one that runs this check. */
export type NodeVersion = string | undefined;

/**
 * The path on which a version of Node and a package manager come first. Either is installed with npm when it is not there.
 *
 * @throws CommandFailed when one cannot be installed, or is another one
 */
export async function programPath(
  version: NodeVersion,
  { broughtBy }: PackageManager,
  workFolder: string,
): Promise<string> {
  const isHere = version === undefined || isVersion(process.version, version);
  const node = isHere ? dirname(process.execPath) : await programsOf(`node@${version}`, workFolder);
  const folders = [node, ...(broughtBy === undefined ? [] : [await programsOf(broughtBy, workFolder)])];
  const path = [...folders, process.env.PATH].join(delimiter);
  const running = await run("node", ["--version"], { folder: workFolder, workFolder, env: { PATH: path } });
  if (version === undefined || isVersion(running.trim(), version)) return path;
  throw new CommandFailed(`Node ${version} is installed, and ${running.trim()} runs`);
}

function isVersion(actual: string, version: string): boolean {
  return `${actual}.`.startsWith(`v${version}.`);
}

async function programsOf(specifier: string, workFolder: string): Promise<string> {
  const folder = join(workFolder, "programs", specifier.replaceAll("/", "-"));
  const programs = join(folder, "node_modules/.bin");
  if (!existsSync(programs)) {
    mkdirSync(folder, { recursive: true });
    const options = ["--no-audit", "--no-fund", "--prefix", folder];
    await run("npm", ["install", ...options, specifier], { folder, workFolder });
  }
  return programs;
}
