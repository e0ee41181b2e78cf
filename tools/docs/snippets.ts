import { createProgram } from "../../packages/secrets-cli/src/program/run-program.ts";
import type { Problem } from "../checks/problem.ts";
import { type CodeBlock, codeBlocks } from "./code-blocks.ts";
import { declaredVariables } from "./declared-variables.ts";
import { commandsIn } from "./shell-commands.ts";

const PROGRAM = "archestra-secrets";
const programs = ["ts", "js", "mjs", "cjs", "typescript", "javascript"];

/** Words of the usage that the program itself prints, and that its page repeats. */
const synopsis = /^(\[options\]|<command>)$/;
/** A sentence may name a command without what it needs. */
const incomplete = ["commander.missingMandatoryOptionValue", "commander.missingArgument"];
/** A page with the name of a plugin that does not exist yet. A plugin that is made of it is compiled and tested. */
const template = /^tools\/new-plugin\/template\//;

/**
 * What a reader would copy from a page and find broken. Programs come from files that are compiled and that tests run.
 * Commands of the operator's program are parsed by it, with an action that does nothing. Variables are declared by a plugin,
 * and JSON is JSON.
 */
export async function snippetProblems(page: string, text: string): Promise<Problem[]> {
  if (template.test(page)) return [];
  const blocks = codeBlocks(text);
  const fenced = await Promise.all(blocks.map((block) => blockProblems(page, block)));
  return [...fenced.flat(), ...(await inlineProblems(page, text, blocks))];
}

async function blockProblems(page: string, block: CodeBlock): Promise<Problem[]> {
  const where = `${page}:${block.line}`;
  if (programs.includes(block.language) && !block.generated) {
    const todo =
      "Put it into a file of examples/, and name the file in a `<!-- code: … -->` comment in front of it.";
    return [{ where, what: "is code that is neither compiled nor run", todo }];
  }
  if (block.language === "json" && !isJson(block.code)) {
    return [{ where, what: "is not JSON", todo: "Correct it, or call it text." }];
  }
  const known = await declaredVariables();
  const unknown = [...block.code.matchAll(/\bARCHESTRA_[A-Z0-9_]+/g)]
    .map(([name]) => name)
    .filter((name) => !known.has(name));
  return [
    ...[...new Set(unknown)].map((name) => ({
      where,
      what: `has the variable ${name}, which no plugin declares`,
      todo: "Write a declared one, or its name with _FILE if it is secret.",
    })),
    ...(block.language === "sh" ? await commandProblems(where, block.code) : []),
  ];
}

/** Commands in sentences, which readers copy just as well. */
async function inlineProblems(page: string, text: string, blocks: readonly CodeBlock[]): Promise<Problem[]> {
  const prose = blocks.reduce((rest, { code }) => (code === "" ? rest : rest.replace(code, "")), text);
  const commands = [...prose.matchAll(/`(archestra-secrets [^`\n]+)`/g)].map(([, command = ""]) => command);
  return (await Promise.all(commands.map((command) => commandProblems(page, command, incomplete)))).flat();
}

async function commandProblems(
  where: string,
  shell: string,
  ignored: readonly string[] = [],
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [name, ...words] of commandsIn(shell)) {
    if (name !== PROGRAM || words.some((word) => synopsis.test(word))) continue;
    const message = await refusal(words, ignored);
    if (message === undefined) continue;
    const command = [PROGRAM, ...words].join(" ");
    problems.push({
      where,
      what: `has \`${command}\`, which the program refuses: ${message}`,
      todo: "Correct it.",
    });
  }
  return problems;
}

/** Why the program does not accept these arguments. Undefined: it does. */
async function refusal(words: readonly string[], ignored: readonly string[]): Promise<string | undefined> {
  const program = createProgram(() => async () => undefined);
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap(({ commands }) => commands),
  ]) {
    command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  }
  try {
    await program.parseAsync(words, { from: "user" });
    return undefined;
  } catch (error) {
    const { code = "", message } = error as { code?: string; message: string };
    return ["commander.helpDisplayed", "commander.version", ...ignored].includes(code) ? undefined : message;
  }
}

/** One document, or one in each line, as commands print them. */
function isJson(code: string): boolean {
  return [[code], code.trim().split("\n")].some((documents) => documents.every(parses));
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
