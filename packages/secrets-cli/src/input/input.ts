import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { printableText } from "@archestra/secrets-core/plugin";
import { UsageError } from "../program/usage-error.ts";

/** The standard input of the program, and the terminal for questions. */
export interface InputStream extends NodeJS.ReadableStream {
  readonly isTTY?: boolean | undefined;
}

/** Reads what must not be an argument, since every user of a machine can read the arguments of a process. */
export class Input {
  readonly #stdin: InputStream;
  readonly #signal: AbortSignal;

  constructor(stdin: InputStream, signal: AbortSignal) {
    this.#stdin = stdin;
    this.#signal = signal;
  }

  /** Whether questions can be asked. */
  get isTerminal(): boolean {
    return this.#stdin.isTTY === true;
  }

  /** Reads the standard input to its end. */
  async standardInput(): Promise<string> {
    return await text(this.#stdin);
  }

  /**
   * Reads a file, or the standard input for `-`.
   *
   * @throws UsageError when the file cannot be read
   */
  async file(path: string, option: string): Promise<string> {
    if (path === "-") return await this.standardInput();
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new UsageError(
        `The file ${printableText(path)} of ${option} cannot be read (${code ?? "unknown error"}). Correct the path.`,
      );
    }
  }

  /** Asks for a secret, without showing what is typed. */
  async secret(question: string): Promise<string> {
    const { default: password } = await import("@inquirer/password");
    return await password(
      { message: question, mask: false },
      { output: process.stderr, signal: this.#signal },
    );
  }

  /**
   * Asks whether to go on.
   *
   * @throws UsageError when there is no terminal to ask on
   */
  async confirm(question: string): Promise<boolean> {
    if (!this.isTerminal) {
      throw new UsageError(
        `${question} Repeat the command with --yes, since there is no terminal to ask on.`,
      );
    }
    const { createInterface } = await import("node:readline/promises");
    const lines = createInterface({ input: this.#stdin, output: process.stderr });
    try {
      const answer = await lines.question(`${question} [y/N] `, { signal: this.#signal });
      return /^y(es)?$/i.test(answer.trim());
    } finally {
      lines.close();
    }
  }
}
