import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Environment } from "@archestra/secrets-core";
import { onTestFinished } from "vitest";

/** What a writer prints. */
export type WriterLine =
  | { readonly what: "ready" }
  | {
      readonly what: "written";
      readonly name: string;
      readonly n: number;
      readonly version: string | undefined;
    }
  | { readonly what: "deleted"; readonly name: string }
  | { readonly what: "refused"; readonly code: string; readonly message: string }
  | { readonly what: "checked"; readonly status: string; readonly reasons: readonly string[] };

/** A secret as its only writer knows it. Undefined: it was deleted. */
export type KnownSecret = { readonly n: number; readonly version: string | undefined } | undefined;

const program = fileURLToPath(new URL("./writer.ts", import.meta.url));

/** A process that writes secrets of its own until the database is moved, and the results that it received. */
export class LiveWriter {
  readonly known = new Map<string, KnownSecret>();
  readonly refusals: string[] = [];
  readonly refusalMessages: string[] = [];
  /** Changes that were acknowledged after one was refused. */
  late = 0;
  acknowledged = 0;
  checked: Extract<WriterLine, { what: "checked" }> | undefined;
  readonly #exit: Promise<unknown>;
  readonly #lines: Promise<void>;
  readonly #ready: Promise<void>;

  constructor(env: Environment, prefix: string) {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, prefix], {
      env: { ...process.env, ...env },
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    child.stderr.pipe(process.stderr);
    this.#exit = once(child, "exit");
    let isReady = () => {};
    this.#ready = new Promise((resolve) => {
      isReady = resolve;
    });
    this.#lines = this.#hear(child, () => isReady());
  }

  /** Waits until it has written something. */
  started(): Promise<void> {
    return this.#ready;
  }

  /** Waits until it has ended by itself. */
  async ended(): Promise<void> {
    await this.#lines;
    const [code] = (await this.#exit) as [number | null];
    if (code !== 0) throw new Error(`A writer ended with ${code}.`);
  }

  async #hear(child: ChildProcessWithoutNullStreams, onWritten: () => void): Promise<void> {
    for await (const text of createInterface(child.stdout)) {
      const line = JSON.parse(text) as WriterLine;
      if (line.what === "checked") this.checked = line;
      if (line.what === "refused") {
        this.refusals.push(line.code);
        this.refusalMessages.push(line.message);
      }
      if (line.what !== "written" && line.what !== "deleted") continue;
      onWritten();
      this.acknowledged++;
      if (this.refusals.length > 0) this.late++;
      this.known.set(line.name, line.what === "deleted" ? undefined : { n: line.n, version: line.version });
    }
  }
}
