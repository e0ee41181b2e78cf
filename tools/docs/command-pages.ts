import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { commandHelp } from "../../packages/secrets-cli/src/program/declare-command.ts";
import { createProgram } from "../../packages/secrets-cli/src/program/run-program.ts";
import { outdatedFile } from "../checks/outdated-file.ts";
import type { Problem } from "../checks/problem.ts";
import { root } from "../checks/workspace.ts";
import { scenes } from "./terminal-pictures.ts";

type Command = ReturnType<typeof createProgram>;

const FOLDER = "docs/cli";
const EXIT_CODES = "packages/secrets-cli/src/program/exit-codes.ts";
const generated =
  "<!-- Generated from the program. Change its declaration in packages/secrets-cli/src/commands. -->";

/** Writes a page for each command of the operator's program, and their index; or, to check, reports those that differ. */
export function writeCommandPages(check: boolean, todo: string): Problem[] {
  const pages = commandPages();
  const obsolete = (existsSync(join(root, FOLDER)) ? readdirSync(join(root, FOLDER)) : [])
    .map((name) => `${FOLDER}/${name}`)
    .filter((path) => path.endsWith(".md") && !pages.has(path));
  const changed = [...pages].filter(
    ([path, text]) => !existsSync(join(root, path)) || readFileSync(join(root, path), "utf8") !== text,
  );
  if (check) {
    return [
      ...obsolete.map((where) => ({ where, what: "belongs to no command", todo })),
      ...changed.map(([path, text]) => outdatedFile(path, text, todo)),
    ];
  }
  for (const path of obsolete) rmSync(join(root, path));
  for (const [path, text] of changed) {
    writeFileSync(join(root, path), text);
    console.log(`${path}: written`);
  }
  return [];
}

function commandPages(): ReadonlyMap<string, string> {
  const program = createProgram(() => async () => undefined);
  const commands = program.commands;
  const pages = commands.map((command) => [`${FOLDER}/${command.name()}.md`, commandPage(command)] as const);
  return new Map([[`${FOLDER}/README.md`, indexPage(program)], ...pages]);
}

function indexPage(program: Command): string {
  const commands = program.commands.map(
    (command) => `| [\`${command.name()}\`](${command.name()}.md) | ${cell(command.summary())} |`,
  );
  return page([
    `# ${program.name()}`,
    generated,
    `${program.description()} [\`@archestra/secrets-cli\`](../../packages/secrets-cli/README.md) contains it.`,
    ["| Command | Purpose |", "|---|---|", ...commands].join("\n"),
    "## Options of every command",
    optionsTable(program),
    "## JSON",
    "`--json` prints one document on standard output: `command`, the name of the command; `ok`, whether it ran; `result`, which the page of the command describes, or `error` with `code`, `message` and, for failures of the packages, `reason`, `retryable` and `issues`; and `warnings`, each with `code` and `message`. Keys may be added; none changes its meaning.",
    "## Exit codes",
    exitCodesTable(),
    "Node reads the file of `--env-file`, too, and ends with code 9 before the program starts if the file does not exist.",
  ]);
}

function commandPage(command: Command): string {
  const title = `# ${programName(command)} ${command.name()}`;
  const about = "The [options of every command](README.md#options-of-every-command) are accepted, too.";
  const subcommands = command.commands.flatMap((subcommand) => [
    `## ${command.name()} ${subcommand.name()}`,
    ...sections(subcommand, "###"),
  ]);
  return page([title, generated, ...sections(command, "##"), about, ...subcommands, ...picturesOf(command)]);
}

function sections(command: Command, heading: string): string[] {
  const help = commandHelp(command);
  if (help === undefined) throw new Error(`the command ${command.name()} was not made by declareCommand`);
  const { summary, description = [], examples, json = [] } = help;
  const options = command.createHelp().visibleOptions(command);
  const path = [programName(command), ...namesOf(command)].join(" ");
  const isGroup = command.commands.length > 0 && json.length === 0;
  const usage = isGroup ? `${path} <command>` : `${path} ${command.usage()}`;
  const keys = json.map(([key, meaning]) => `| \`${cell(key)}\` | ${cell(meaning)} |`);
  return [
    summary,
    ...description,
    code(usage),
    ...(options.length > 1 ? [`${heading} Options`, optionsTable(command)] : []),
    `${heading} Examples`,
    code(examples.map(([example, meaning]) => `# ${meaning}\n${example}`).join("\n\n")),
    ...(keys.length > 0
      ? [`${heading} JSON result`, ["| Key | Meaning |", "|---|---|", ...keys].join("\n")]
      : []),
  ];
}

function picturesOf(command: Command): string[] {
  if (command.name() !== "doctor") return [];
  const pictures = scenes
    .filter(({ path }) => path.includes("/doctor-"))
    .map(({ path, title, meaning = "" }) => `${meaning}\n\n![${title}](${path.slice(`${FOLDER}/`.length)})`);
  return ["## What it shows", ...pictures];
}

function optionsTable(command: Command): string {
  const options = command.createHelp().visibleOptions(command);
  const rows = options
    .filter(({ long }) => long !== "--help")
    .map(({ flags, description, argChoices = [], mandatory, defaultValue }) => {
      const rules = [
        ...(argChoices.length > 0 ? [`One of ${argChoices.join(", ")}.`] : []),
        ...(mandatory ? ["Required."] : []),
        ...(typeof defaultValue === "string" ? [`Default: ${defaultValue}.`] : []),
      ];
      return `| \`${cell(flags)}\` | ${cell([description, ...rules].join(" "))} |`;
    });
  return ["| Option | Meaning |", "|---|---|", ...rows].join("\n");
}

/** From the comments of their declaration. */
function exitCodesTable(): string {
  const source = readFileSync(join(root, EXIT_CODES), "utf8");
  const rows = [...source.matchAll(/\/\*\* (.+) \*\/\n\s+\w+: (\d+),/g)].map(
    ([, meaning = "", number]) => `| ${number} | ${cell(meaning)} |`,
  );
  if (rows.length === 0) throw new Error(`${basename(EXIT_CODES)} has no exit codes with comments`);
  return ["| Code | Meaning |", "|---|---|", ...rows].join("\n");
}

function namesOf(command: Command): string[] {
  return command.parent === null ? [] : [...namesOf(command.parent), command.name()];
}

function programName(command: Command): string {
  return command.parent === null ? command.name() : programName(command.parent);
}

function code(text: string): string {
  return `\`\`\`sh\n${text}\n\`\`\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function page(parts: readonly string[]): string {
  return `${parts.join("\n\n")}\n`;
}
