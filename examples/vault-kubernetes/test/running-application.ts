import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
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
  readonly #lines: Interface;

  /** Starts it with these variables alone. It is there when it listens, and gone after the test. */
  static async start(env: Readonly<Record<string, string>>): Promise<RunningApplication> {
    const script = join(import.meta.dirname, "../src/application.ts");
    const child = spawn(process.execPath, [script], { env, stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    const log: LogLine[] = [];
    const lines = createInterface(child.stdout);
    const port = await new Promise<number>((resolve, reject) => {
      child.once("exit", (code) =>
        reject(new Error(`It ended with ${code} and had said ${JSON.stringify(log)}.`)),
      );
      lines.on("line", (text) => {
        const line = JSON.parse(text) as LogLine;
        log.push(line);
        if (line.port !== undefined) resolve(line.port);
      });
    });
    return new RunningApplication(child, lines, log, port);
  }

  private constructor(child: ChildProcess, lines: Interface, log: LogLine[], port: number) {
    this.#process = child;
    this.#lines = lines;
    this.log = log;
    this.address = `http://127.0.0.1:${port}`;
  }

  /** What it answers. */
  async get(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
    const response = await fetch(`${this.address}${path}`);
    return { status: response.status, body: await response.json() };
  }

  /** Sends a request that is in progress when this returns. @returns the later status */
  async begin(path: string): Promise<{ readonly status: Promise<number | undefined> }> {
    // The server says "continue" when it has the request, before it answers.
    const sent = request(`${this.address}${path}`, { headers: { expect: "100-continue" } });
    const status = new Promise<number | undefined>((resolve, reject) => {
      sent.once("error", reject).once("response", (response) => {
        response.resume();
        resolve(response.statusCode);
      });
    });
    sent.end();
    await once(sent, "continue");
    return { status };
  }

  /** Returns when it has logged this message. */
  async logged(message: string): Promise<void> {
    while (!this.log.some((line) => line.message.startsWith(message))) await once(this.#lines, "line");
  }

  /** Ends it as kubelet does. @returns its exit code */
  async terminate(): Promise<number | null> {
    const closed = once(this.#process, "close");
    this.#process.kill("SIGTERM");
    const [code] = await closed;
    return code;
  }
}
