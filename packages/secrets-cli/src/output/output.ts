import type { JsonValue } from "@archestra/secrets-core/plugin";
import { describeFailure, type Failure } from "./failure.ts";
import { Page } from "./page.ts";
import { printable } from "./printable.ts";
import { Progress } from "./progress.ts";

/** A stream of a terminal, a file or a test. */
export interface OutputStream {
  write(content: string | Uint8Array): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** How a command shows its result. */
export interface OutputOptions {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** The environment of the process, for `COLUMNS`, `NO_COLOR` and `FORCE_COLOR`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The name of the command, for JSON. */
  readonly command: string;
  /** Whether one JSON document is written instead of text. */
  readonly json: boolean;
  /** Whether colours are allowed. */
  readonly colors: boolean;
}

/** A warning of a command or of a plugin. */
interface Warning {
  readonly code: string;
  readonly message: string;
}

/**
 * Writes what a command found: text for a person, or one JSON document for a program. Results go to standard output; warnings,
 * questions and progress to standard error.
 */
export class Output {
  #json: boolean;
  readonly #options: OutputOptions;
  readonly #page: Page;
  readonly #errors: Page;
  readonly #warnings: Warning[] = [];
  #result: { readonly value: JsonValue } | undefined;
  #progress: Progress | undefined;
  #hasDocument = false;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#json = options.json;
    this.#page = this.#pageOf(options.stdout);
    this.#errors = this.#pageOf(options.stderr);
  }

  /** Whether one JSON document is written instead of text. */
  get json(): boolean {
    return this.#json;
  }

  /** Leaves standard output to another program: no document is written any more, and messages go to standard error. */
  handOver(): void {
    this.#json = false;
    for (const { code, message } of this.#warnings.splice(0)) this.warn(code, message);
  }

  /**
   * Shows the result.
   *
   * @param value the result as JSON, whose shape is documented
   * @param write writes the same as text
   */
  result(value: JsonValue, write: (page: Page) => void): void {
    if (this.#json) this.#result = { value };
    else write(this.#page);
  }

  /** Whether standard output is a terminal. */
  get isTerminal(): boolean {
    return this.#options.stdout.isTTY === true;
  }

  /** Writes a file that was requested to standard output. On a terminal, its text is escaped. */
  async content(chunks: AsyncIterable<string | Uint8Array>): Promise<void> {
    const { stdout } = this.#options;
    for await (const chunk of chunks) {
      const isEscaped = this.isTerminal && typeof chunk === "string";
      stdout.write(isEscaped ? chunk.split("\n").map(printable).join("\n") : chunk);
    }
  }

  /** Shows a warning, or keeps it for the JSON document. */
  warn(code: string, message: string): void {
    if (this.#json) this.#warnings.push({ code, message });
    else for (const line of message.split("\n")) this.#errors.line(`${line}`, "");
  }

  /** Shows a message for a person that is not part of the result. */
  note(message: string): void {
    if (!this.#json) this.#errors.line(message);
  }

  /**
   * Shows how far long work is, on standard error.
   *
   * @param unit the plural of what is counted
   * @param isShown false where `content` is written to the terminal meanwhile, whose lines the bar would overwrite
   */
  progress(unit: string, isShown = true): Progress {
    const { stderr } = this.#options;
    this.#progress = new Progress({
      unit,
      terminal: stderr.isTTY === true,
      width: this.#errors.width,
      write: this.#json || !isShown ? () => undefined : (text) => void stderr.write(text),
    });
    return this.#progress;
  }

  /** Shows why the command failed. */
  failure(error: unknown): Failure {
    const failure = describeFailure(error);
    if (this.#json && !this.#hasDocument) this.#end({ ok: false, error: failure.json });
    else {
      const [first = "", ...others] = failure.lines;
      this.#errors.labelled("red", "error:", first);
      for (const line of others) this.#errors.line(line, "  ");
    }
    return failure;
  }

  /** Ends the output of a command that did not fail. */
  end(): void {
    if (this.#json) this.#end({ ok: true, result: this.#result?.value ?? null });
  }

  #end(outcome: { readonly [key: string]: JsonValue }): void {
    this.#hasDocument = true;
    const warnings = this.#warnings.map(({ code, message }) => ({ code, message }));
    const document = { command: this.#options.command, ...outcome, warnings };
    this.#options.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
  }

  #pageOf(stream: OutputStream): Page {
    const { env, colors } = this.#options;
    const isTerminal = stream.isTTY === true;
    const noColor = env.NO_COLOR !== undefined && env.NO_COLOR !== "";
    const columns = Number(env.COLUMNS);
    const given = Number.isInteger(columns) && columns >= 40 ? columns : undefined;
    return new Page({
      // A terminal that does not know its size has 0 columns.
      width: stream.columns || given || (isTerminal ? 80 : Number.POSITIVE_INFINITY),
      isTerminal,
      hasColors: colors && isTerminal && !noColor,
      write: (text) => {
        // A bar is repainted below what is written now.
        this.#progress?.end();
        stream.write(text);
      },
    });
  }
}
