import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { shellWords } from "../doctor/run-doctor.ts";
import { runProgram } from "../support/program.ts";

const pages = join(import.meta.dirname, "../../../../docs/guide/transcripts");
const WIDTH = 80;
const [PROGRAM, TIME] = ["archestra-secrets", "2026-01-15T02:47:11.000Z"];

/** The variables of a file that a command is given with `--env-file`. */
export type EnvFile = Readonly<Record<string, string>>;

/**
 * The commands of an operator with their real output, as the guide for operations shows them. Addresses and paths of the test
 * are replaced by those that a reader expects.
 */
export class Transcript {
  readonly #folder: string;
  readonly #replacements: readonly (readonly [string, string])[];
  readonly #lines: string[] = [];

  /**
   * @param folder where the program runs
   * @param replacements texts of the test and what the guide shows instead, the longest first
   */
  constructor(folder: string, replacements: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#replacements = Object.entries(replacements);
  }

  /** Writes a file of settings, which is not shown. */
  envFile(name: string, variables: EnvFile): void {
    const lines = Object.entries(variables).map(([variable, value]) => `${variable}=${value}`);
    writeFileSync(join(this.#folder, name), `${lines.join("\n")}\n`);
  }

  /** Shows what the operator does elsewhere, such as in an editor or with another program. */
  comment(text: string): void {
    this.#lines.push(...wrapped(text, WIDTH - 2).map((line) => `# ${line}`), "");
  }

  /** Shows a command of another program, which the test does in its own way. */
  other(command: string): void {
    this.#lines.push(`$ ${command}`, "");
  }

  /**
   * Runs a command of the program, and shows it with its output. Of `doctor`, only the findings are shown.
   *
   * @returns the exit code
   */
  async run(command: string, options: { readonly input?: string } = {}): Promise<number | null> {
    const [program, ...args] = shellWords(command);
    expect(program).toBe(PROGRAM);
    const { exitCode, stdout, stderr } = await runProgram(args, { folder: this.#folder, ...options });
    const output = args.includes("doctor") ? findingsOf(stdout) : stdout;
    const text = this.#replaced(`${stderr}${output}`).trimEnd();
    this.#lines.push(`$ ${command}`, ...text.split("\n").flatMap((line) => wrapped(line)), "");
    return exitCode;
  }

  /** The standard output of a command that is not shown. */
  async outputOf(command: string): Promise<string> {
    const { stdout } = await runProgram(shellWords(command).slice(1), { folder: this.#folder });
    return stdout;
  }

  /** The command of the first finding that has one, as the last command showed it. */
  get remedy(): string {
    const lines = this.#lines.filter((line) => /^ {4}\$ /.test(line));
    return lines.at(-1)?.replace(/^ {4}\$ /, "") ?? "";
  }

  /** Compares it with the file of the guide. With UPDATE_TRANSCRIPTS set, it writes that file instead. */
  expectCommitted(name: string): void {
    const file = join(pages, `${name}.txt`);
    const text = `${this.#lines.join("\n").trimEnd()}\n`;
    if (process.env.UPDATE_TRANSCRIPTS) writeFileSync(file, text);
    const help = `docs/guide/transcripts/${name}.txt differs from the output of the program. Run this test with UPDATE_TRANSCRIPTS=1, and then \`write:docs\`.`;
    expect(text, help).toBe(readFileSync(file, "utf8"));
  }

  #replaced(text: string): string {
    let replaced = text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, TIME);
    for (const [found, shown] of this.#replacements) replaced = replaced.replaceAll(found, shown);
    return replaced;
  }
}

/** The end of the page of `doctor`. */
function findingsOf(page: string): string {
  return page.slice(page.search(/^(?:Findings|Healthy)/m));
}

/** A line as a terminal of 80 columns shows it. Commands are not cut. */
function wrapped(line: string, width = WIDTH): string[] {
  if (line.length <= width || /^ *(?:\$|archestra-secrets) /.test(line)) return [line];
  const [indent = ""] = /^ */.exec(line) ?? [];
  const lines: string[] = [];
  let current = indent;
  for (const word of line.trim().split(" ")) {
    const longer = current === indent ? `${indent}${word}` : `${current} ${word}`;
    if (longer.length > width && current !== indent) {
      lines.push(current);
      current = `${indent}${word}`;
    } else current = longer;
  }
  return [...lines, current];
}
