import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

/** A line of the application's log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly code?: string;
  readonly port?: number;
}

/** The application as a process of its own. */
export class RunningApplication {
  readonly log: LogLine[];
  readonly address: string;
  readonly #process: ChildProcess;

  /** Starts it with these variables alone. It is there when it listens, and gone after the test. */
  static async start(env: Readonly<Record<string, string>>): Promise<RunningApplication> {
    const script = join(import.meta.dirname, "../src/application.ts");
    const child = spawn(process.execPath, [script], { env, stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    const log: LogLine[] = [];
    const port = await new Promise<number>((resolve, reject) => {
      child.once("exit", (code) =>
        reject(new Error(`It ended with ${code} and had said ${JSON.stringify(log)}.`)),
      );
      createInterface(child.stdout).on("line", (text) => {
        const line = JSON.parse(text) as LogLine;
        log.push(line);
        if (line.port !== undefined) resolve(line.port);
      });
    });
    return new RunningApplication(child, log, port);
  }

  private constructor(child: ChildProcess, log: LogLine[], port: number) {
    this.#process = child;
    this.log = log;
    this.address = `http://127.0.0.1:${port}`;
  }

  /** What it answers. */
  async get(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
    const response = await fetch(`${this.address}${path}`);
    return { status: response.status, body: await response.json() };
  }

  /** Ends it as kubelet does. @returns its exit code */
  async terminate(): Promise<number | null> {
    const closed = once(this.#process, "close");
    this.#process.kill("SIGTERM");
    const [code] = await closed;
    return code;
  }
}
