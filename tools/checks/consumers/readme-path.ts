import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CommandFailed, run } from "../custom-backend/command.ts";
import type { PackageManager } from "../custom-backend/plugin-project.ts";
import { root } from "../workspace.ts";
import type { PackedPackages } from "./packed-packages.ts";

/** A Node, by the version of the package `node`. Undefined: the one that runs this check. */
export type NodeVersion = string | undefined;

const sections = /^## (?:Install|Use)\n(.*?)(?=^## )/gms;
const codeBlock = /^```(sh|ts)\n(.*?)^```/gms;

/** Where and with what the README is followed. */
export interface ReadmePath {
  readonly manager: PackageManager;
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
  const { manager, node: version, packages, configuration, workFolder } = path;
  const source = configuration === undefined ? "" : "-registry";
  const name = `readme-${manager}-node-${version ?? "here"}${source}`;
  const folder = mkdtempSync(join(workFolder, `${name}-`));
  const place = { folder, workFolder, env: await pathWith(version, workFolder) };
  if (configuration !== undefined) writeFileSync(join(folder, ".npmrc"), configuration);
  const { commands, example } = linesOfReadme();
  const application = /\S+$/.exec(commands.at(-1) ?? "")?.[0] ?? "";
  writeFileSync(join(folder, application), example);
  const running = await run("node", ["--version"], place);
  if (version !== undefined && !`${running.trim()}.`.startsWith(`v${version}.`)) {
    throw new CommandFailed(`${name}: runs on Node ${running.trim()}`);
  }
  await run("npm", ["init", "-y"], place);
  let printed = "";
  for (const command of commands) {
    const line = manager === "pnpm" ? command.replace(/^npm install/, "pnpm add") : command;
    printed = await run("sh", ["-c", withTarballs(line, packages)], place);
  }
  assertReadBack(printed, `${name}: ${application}`);
  return folder;
}

/** Runs the example again in a folder in which the README was followed. */
export async function runReadmeExample(folder: string, workFolder: string): Promise<void> {
  const command = linesOfReadme().commands.at(-1) ?? "";
  const printed = await run("sh", ["-c", command], {
    folder,
    workFolder,
    env: await pathWith(undefined, workFolder),
  });
  assertReadBack(printed, command);
}

function assertReadBack(printed: string, what: string): void {
  if (/^ghp_not_a_real_token$/m.test(printed)) return;
  throw new CommandFailed(`${what} did not print the value that it stored\n${printed}`);
}

/** The lines of the README that a reader types and copies, in their order. */
function linesOfReadme(): { readonly commands: readonly string[]; readonly example: string } {
  const text = readFileSync(join(root, "README.md"), "utf8");
  const read = Array.from(text.matchAll(sections), ([, section = ""]) => section).join("");
  const blocks = Array.from(read.matchAll(codeBlock), ([, language, code = ""]) => ({ language, code }));
  const of = (language: string) => blocks.filter((block) => block.language === language);
  const commands = of("sh").flatMap(({ code }) => code.trim().split("\n"));
  return {
    commands,
    example: of("ts")
      .map(({ code }) => code)
      .join(""),
  };
}

/** Our packages are not published: their names stand for the tarballs. */
function withTarballs(command: string, packages: PackedPackages): string {
  if (!/^p?npm (install|add)/.test(command)) return command;
  return command
    .split(" ")
    .map((word) => packages.get(word) ?? word)
    .join(" ");
}

/** The path with another Node in front. */
async function pathWith(version: NodeVersion, workFolder: string): Promise<Record<string, string>> {
  const here = { PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
  if (version === undefined) return here;
  const folder = join(workFolder, `node-${version}`);
  mkdirSync(folder, { recursive: true });
  const options = ["--no-audit", "--no-fund", "--prefix", folder];
  await run("npm", ["install", ...options, `node@${version}`], { folder, workFolder });
  return { PATH: `${join(folder, "node_modules/.bin")}:${process.env.PATH}` };
}
