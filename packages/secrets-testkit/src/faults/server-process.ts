import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.ts";
import { SUPERVISOR_PROGRAM } from "./supervisor-program.ts";

const LOOPBACK = "127.0.0.1";
const POLL_MILLISECONDS = 20;
/** The lines of the output that an error shows. */
const LAST_LINES = 20;
/** How long an error waits for the last output of a server that has ended. */
const OUTPUT_MILLISECONDS = 1_000;

/** A server and how it is started. */
export interface ServerProcessOptions {
  /** The program: a path, or a name that is on the path. */
  readonly command: string;
  /** Returns the arguments of the program, which has to listen on this port of loopback. */
  readonly arguments: (place: Pick<ServerProcess, "port" | "folder">) => readonly string[];
  /** Variables of the environment, in addition to those of this process. @default none */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /**
   * When the server is ready: an output that matches, or a function that returns true. The function is called until it does;
   * an error counts as false.
   *
   * @default when it accepts a TCP connection
   */
  readonly ready?: RegExp | ((server: ServerProcess) => boolean | Promise<boolean>) | undefined;
  /** How long a start may take, in milliseconds. @default 60_000 */
  readonly readyTimeout?: number | undefined;
  /** How long the server may take to stop after SIGTERM, in milliseconds, before SIGKILL. @default 5_000 */
  readonly stopTimeout?: number | undefined;
}

/** A running server. */
export interface ServerProcess extends AsyncDisposable {
  /** The port on loopback that was free. */
  readonly port: number;
  /** The working directory of the server: a temporary folder, which is removed when the server has stopped. */
  readonly folder: string;
  /** The process id of the server. */
  readonly pid: number;
  /** Everything that the server has printed. */
  readonly output: string;
  /** Stops the server and removes its folder. Calling it again waits, too. */
  stop(): Promise<void>;
}

/**
 * Starts a server on a free port and waits until it is ready. The server stops with this process, even if this process is
 * killed.
 *
 * @throws Error when the server ends before it is ready, or is not ready in time. The message ends with its last output.
 * @example
 * const server = await startServerProcess({
 *   command: "redis-server",
 *   arguments: ({ port }) => ["--port", String(port), "--save", ""],
 * });
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "server-process-"));
  const server = new SupervisedServer(port, folder, options);
  try {
    await server.untilReady(options);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

class SupervisedServer implements ServerProcess {
  readonly port: number;
  readonly folder: string;
  pid = 0;
  output = "";
  readonly #command: string;
  readonly #supervisor: ChildProcess;
  readonly #gone: Promise<unknown>;
  readonly #printed: Promise<unknown>;
  #ended: string | undefined;

  constructor(port: number, folder: string, options: ServerProcessOptions) {
    const { command, stopTimeout = 5_000, env } = options;
    this.port = port;
    this.folder = folder;
    this.#command = basename(command);
    const program = ["--eval", SUPERVISOR_PROGRAM, "--", folder, String(stopTimeout), command];
    this.#supervisor = spawn(process.execPath, [...program, ...options.arguments({ port, folder })], {
      env: { ...process.env, NODE_OPTIONS: "", ...env },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#gone = once(this.#supervisor, "exit");
    this.#printed = once(this.#supervisor, "close");
    for (const stream of [this.#supervisor.stdout, this.#supervisor.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    }
    this.#supervisor.on("message", (message: { pid?: number; ended?: string }) => {
      if (message.pid !== undefined) this.pid = message.pid;
      this.#ended ??= message.ended;
    });
    this.#supervisor.on("exit", (code) => {
      this.#ended ??= `exit code ${code}`;
    });
  }

  async untilReady({ ready, readyTimeout = 60_000 }: ServerProcessOptions): Promise<void> {
    const deadline = Date.now() + readyTimeout;
    while (this.pid === 0 || !(await this.#isReady(ready))) {
      if (this.#ended !== undefined) await this.#fail(`ended with ${this.#ended} before it was ready`);
      if (Date.now() > deadline) await this.#fail(`was not ready within ${readyTimeout} ms`);
      await sleep(POLL_MILLISECONDS);
    }
    // A test that does not stop its server ends all the same, and its server with it.
    this.#supervisor.unref();
    this.#supervisor.channel?.unref();
    for (const stream of [this.#supervisor.stdout, this.#supervisor.stderr])
      (stream as Socket | null)?.unref();
  }

  async stop(): Promise<void> {
    this.#supervisor.ref();
    if (this.#supervisor.connected) this.#supervisor.send("stop", () => {});
    await this.#gone;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #isReady(ready: ServerProcessOptions["ready"]): Promise<boolean> {
    if (ready instanceof RegExp) return ready.test(this.output);
    if (ready === undefined) return acceptsConnections(this.port);
    try {
      return await ready(this);
    } catch {
      return false;
    }
  }

  async #fail(problem: string): Promise<never> {
    if (this.#ended !== undefined) await Promise.race([this.#printed, sleep(OUTPUT_MILLISECONDS)]);
    const lines = this.output.trimEnd().split("\n").slice(-LAST_LINES);
    throw new Error(`${this.#command} ${problem}. Its last output:\n${lines.join("\n") || "(nothing)"}`);
  }
}

async function acceptsConnections(port: number): Promise<boolean> {
  const socket = connect(port, LOOPBACK);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
