import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
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

/** What the application answered. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The answer of `GET /migration`. */
export interface Step {
  readonly status: "none" | "running" | "ended" | "failed";
  readonly step?: string;
  readonly done?: number;
  readonly skipped?: number;
  readonly failed?: number;
  readonly failures?: readonly { readonly name: string; readonly error: Failure }[];
  readonly error?: Failure;
}

interface Failure {
  readonly code: string;
  readonly reason?: string;
  readonly message: string;
}

/** The application as a process of its own. */
export class RunningApplication {
  readonly log: LogLine[];
  readonly address: string;
  /** Everything that it has written and answered so far. */
  readonly shown: string[];
  readonly #process: ChildProcess;
  readonly #lines: Interface;

  /** Starts it with these variables alone. It is there when it listens, and gone after the test. */
  static async start(env: Readonly<Record<string, string>>): Promise<RunningApplication> {
    const script = join(import.meta.dirname, "../src/application.ts");
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script], {
      env: { PORT: "0", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const log: LogLine[] = [];
    const shown: string[] = [];
    const lines = createInterface(child.stdout);
    child.stderr.setEncoding("utf8").on("data", (text: string) => shown.push(text));
    const port = await new Promise<number>((resolve, reject) => {
      child.once("close", (code) =>
        reject(new Error(`It ended with ${code}, having said ${shown.join("\n")}`)),
      );
      lines.on("line", (text) => {
        shown.push(text);
        const line = JSON.parse(text) as LogLine;
        log.push(line);
        if (line.port !== undefined) resolve(line.port);
      });
    });
    return new RunningApplication(child, lines, { log, shown, port });
  }

  private constructor(
    child: ChildProcess,
    lines: Interface,
    { log, shown, port }: { readonly log: LogLine[]; readonly shown: string[]; readonly port: number },
  ) {
    this.#process = child;
    this.#lines = lines;
    this.log = log;
    this.shown = shown;
    this.address = `http://127.0.0.1:${port}`;
  }

  /** What it answers. @param body sent as JSON, or as it is when it is a text */
  async request(method: string, path: string, body?: object | string): Promise<Answer> {
    const content = typeof body === "object" ? JSON.stringify(body) : body;
    const response = await fetch(`${this.address}${path}`, {
      method,
      ...(content === undefined ? {} : { body: content }),
    });
    const text = await response.text();
    this.shown.push(text);
    return { status: response.status, body: JSON.parse(text) };
  }

  get(path: string): Promise<Answer> {
    return this.request("GET", path);
  }

  /** Begins a step of the migration. It has to begin. */
  async begin(path: "/migration" | "/migration/finalize", options: object = {}): Promise<void> {
    const { status, body } = await this.request("POST", path, options);
    if (status !== 202) throw new Error(`It answered ${status} ${JSON.stringify(body)}.`);
  }

  /** The step that is in progress or was the last. */
  async progress(): Promise<Step> {
    return (await this.get("/migration")).body as Step;
  }

  /** Returns when the step in progress has ended. */
  async ended(): Promise<Step> {
    for (;;) {
      const before = this.log.length;
      const step = await this.progress();
      if (step.status !== "running") return step;
      // It logs the end. The line may have come before the answer.
      if (this.log.length === before) await once(this.#lines, "line");
    }
  }

  /** Begins a step and returns when it has ended. */
  async step(path: "/migration" | "/migration/finalize", options?: object): Promise<Step> {
    await this.begin(path, options);
    return this.ended();
  }

  /** The first warning of this code. */
  warning(code: string): LogLine | undefined {
    return this.log.find((line) => line.code === code);
  }

  /** Ends it as an operator does. @returns its exit code */
  terminate(): Promise<number | null> {
    return this.#end("SIGTERM");
  }

  /** Lets it die at once. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async #end(signal: "SIGTERM" | "SIGKILL"): Promise<number | null> {
    const closed = once(this.#process, "close");
    this.#process.kill(signal);
    const [code] = await closed;
    return code;
  }
}
