import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandFailed, run } from "../custom-backend/command.ts";
import { root } from "../workspace.ts";
import { type PackageManager, packageManagers } from "./package-manager.ts";
import type { PackedPackages } from "./packed-packages.ts";
import { type NodeVersion, programPath } from "./program-path.ts";

const sections = /^## (?:Install|Use)\n(.*?)(?=^## )/gms;
const codeBlock = /^```(sh|ts)\n(.*?)^```/gms;

/** Where and with what the README is followed. */
export interface ReadmePath {
  readonly manager: PackageManager["name"];
  readonly node: NodeVersion;
  /** The tarballs that names of packages stand for. Those that are absent come from a registry. */
  readonly packages: PackedPackages;
  /** The lines of the folder's `.npmrc`. Absent: it has none. */
  readonly configuration?: string;
  readonly workFolder: string;
}

/**
 * Does what the README prints, in an empty folder after `npm init -y`: installs, writes the example into the file that it
 * names, and runs it.
 *
 * @returns the folder
 * @throws CommandFailed when a command fails, or the example does not print the value that it stored
 */
export async function followReadme(path: ReadmePath): Promise<string> {
  const { node: version, packages, configuration, workFolder } = path;
  const manager = packageManager(path.manager);
  const source = configuration === undefined ? "" : "-registry";
  const name = `readme-${manager.name}-node-${version ?? "here"}${source}`;
  const env = { ...manager.env, PATH: await programPath(version, manager, workFolder) };
  const folder = mkdtempSync(join(workFolder, `${name}-`));
  const place = { folder, workFolder, env };
  if (configuration !== undefined) writeFileSync(join(folder, ".npmrc"), configuration);
  for (const file of manager.files ?? []) writeFileSync(join(folder, file), "");
  const { commands, example } = linesOfReadme(manager);
  const application = /\S+$/.exec(commands.at(-1) ?? "")?.[0] ?? "";
  writeFileSync(join(folder, application), example);
  await run("npm", ["init", "-y"], place);
  let printed = "";
  for (const command of commands) {
    printed = await run("sh", ["-c", withTarballs(command, manager, packages)], place);
  }
  assertReadBack(printed, `${name}: ${application}`);
  return folder;
}

/** Runs the example again in a folder in which the README was followed with npm. */
export async function runReadmeExample(folder: string, workFolder: string): Promise<void> {
  const manager = packageManager("npm");
  const command = linesOfReadme(manager).commands.at(-1) ?? "";
  const env = { PATH: await programPath(undefined, manager, workFolder) };
  assertReadBack(await run("sh", ["-c", command], { folder, workFolder, env }), command);
}

/** @throws Error unless there is one of this name */
export function packageManager(name: PackageManager["name"]): PackageManager {
  const found = packageManagers.find((manager) => manager.name === name);
  if (found === undefined) throw new Error(`There is no package manager ${name}`);
  return found;
}

function assertReadBack(printed: string, what: string): void {
  if (/^ghp_not_a_real_token$/m.test(printed)) return;
  throw new CommandFailed(`${what} did not print the value that it stored\n${printed}`);
}

/** The lines of the README that a reader types and copies, in their order, as they are with a package manager. */
function linesOfReadme(manager: PackageManager): {
  readonly commands: readonly string[];
  readonly example: string;
} {
  const text = readFileSync(join(root, "README.md"), "utf8");
  const read = Array.from(text.matchAll(sections), ([, section = ""]) => section).join("");
  const blocks = Array.from(read.matchAll(codeBlock), ([, language, code = ""]) => ({ language, code }));
  const of = (language: string) => blocks.filter((block) => block.language === language);
  const commands = of("sh").flatMap(({ code }) => code.trim().split("\n"));
  return {
    commands: commands.map((command) => asTyped(command, manager)),
    example: of("ts")
      .map(({ code }) => code)
      .join(""),
  };
}

function asTyped(command: string, { add, node, needsJavaScript }: PackageManager): string {
  const typed = command.replace(/^npm install\b/, add).replace(/^node\b/, node);
  return needsJavaScript ? typed.replace(/\.mts$/, ".mjs") : typed;
}

/** Our packages are not published: their names stand for the tarballs. */
function withTarballs(command: string, { add }: PackageManager, packages: PackedPackages): string {
  if (!command.startsWith(`${add} `)) return command;
  return command
    .split(" ")
    .map((word) => withTarball(word, packages))
    .join(" ");
}

/** Yarn takes only a file's name that a package's name stands before. */
function withTarball(word: string, packages: PackedPackages): string {
  const tarball = packages.get(word);
  return tarball === undefined ? word : `${word}@file:${tarball}`;
}
