import { readFileSync } from "node:fs";
import { printableText } from "@archestra/secrets-core/plugin";
import { CommandError } from "../program/command-error.ts";
import { exitCodes } from "../program/exit-codes.ts";
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

  /**
   * Reads the standard input to its end.
   *
   * @throws UsageError when it is not UTF-8
   */
  async standardInput(): Promise<string> {
    return decode(await this.bytes("-", ""), "The standard input");
  }

  /**
   * Reads a file, or the standard input for `-`.
   *
   * @throws UsageError when the file cannot be read, or is not UTF-8
   */
  async file(path: string, option: string): Promise<string> {
    return decode(await this.bytes(path, option), fileSubject(path, option));
  }

  /**
   * As `file`, for a file that need not be text.
   *
   * @throws UsageError when the file cannot be read
   */
  async bytes(path: string, option: string): Promise<Uint8Array> {
    if (path === "-") {
      const { buffer } = await import("node:stream/consumers");
      return await buffer(this.#stdin);
    }
    try {
      return readFileSync(path);
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
    try {
      return await password(
        { message: question, mask: false, toggleMask: false },
        { output: process.stderr, signal: this.#signal },
      );
    } catch (error) {
      // The terminal passes Ctrl-C on as a key while it is asked.
      if (!/^(Exit|Abort)PromptError$/.test((error as Error).name)) throw error;
      throw notAnswered();
    }
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
    } catch (error) {
      if ((error as Error).name !== "AbortError") throw error;
      throw notAnswered();
    } finally {
      lines.close();
    }
  }
}

function notAnswered(): CommandError {
  return new CommandError(
    "INTERRUPTED",
    "The question was not answered. Nothing was changed.",
    exitCodes.interrupted,
  );
}

/** Names a file in messages. */
export function fileSubject(path: string, option: string): string {
  return path === "-" ? "The standard input" : `The file ${printableText(path)} of ${option}`;
}

/** Bytes that are not UTF-8 would be replaced without a message, and a damaged value would be stored. */
export function decode(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UsageError(
      `${what} is not UTF-8 text. Encode it first, such as with base64, if it holds binary data.`,
    );
  }
}
