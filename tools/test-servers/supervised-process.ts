import { type ChildProcess, fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { SupervisorOrder, SupervisorReport } from "./supervisor-process.ts";

/** How long a server may take until it is what it was asked to be. */
const READY_MILLISECONDS = 120_000;
const POLL_MILLISECONDS = 20;

const program = fileURLToPath(new URL("./supervisor-process.ts", import.meta.url));

/** A server process with a folder of its own. It ends, and the folder goes, with the process that started it. */
export class SupervisedProcess {
  /** Its folder: outlives the process, until `dispose`. */
  readonly folder: string;
  readonly #name: string;
  readonly #supervisor: ChildProcess;
  readonly #reports = new EventEmitter();
  readonly #gone: Promise<unknown>;
  #running = false;

  /** @param name what its folder's name begins with, and errors call it */
  static async create(name: string): Promise<SupervisedProcess> {
    return new SupervisedProcess(name, await mkdtemp(join(tmpdir(), `archestra-${name}-`)));
  }

  private constructor(name: string, folder: string) {
    this.#name = name;
    this.folder = folder;
    this.#supervisor = fork(program, [folder], {
      execArgv: [],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#gone = once(this.#supervisor, "exit");
    this.#supervisor.on("message", (report: SupervisorReport) => {
      if (report.report === "ended") this.#running = false;
      this.#reports.emit(report.report, report);
    });
  }

  /** Whether the server runs, or is on its way out. */
  get running(): boolean {
    return this.#running;
  }

  /** All that the server has written, over its restarts. */
  get log(): string {
    try {
      return readFileSync(this.#logFile, "utf8");
    } catch {
      return "";
    }
  }

  /** Starts the server: its process, which may not be ready yet. */
  async start(
    command: string,
    parameters: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): Promise<void> {
    this.#running = true;
    const started = once(this.#reports, "started");
    this.#order({ order: "start", command, parameters, environment, log: this.#logFile });
    await started;
  }

  /**
   * Waits until something holds for the server, such as that it answers.
   *
   * @param what such as "answers"
   * @throws Error with what the server has written, when it ends before, or not within two minutes
   */
  async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + READY_MILLISECONDS;
    while (!(await holds())) {
      if (!this.#running) throw new Error(`The ${this.#name} server ended before it ${what}:\n${this.log}`);
      if (Date.now() > deadline)
        throw new Error(
          `The ${this.#name} server runs, and not ${what} for ${READY_MILLISECONDS} ms:\n${this.log}`,
        );
      await sleep(POLL_MILLISECONDS);
    }
  }

  /** Ends the server by a signal and waits until it has gone. Its folder stays. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.#running) return;
    const ended = once(this.#reports, "ended");
    this.#order({ order: "end", signal });
    await ended;
  }

  /** From now on the server does nothing, until it is thawed. @throws Error when it does not run */
  async freeze(): Promise<void> {
    await this.#change("freeze", "frozen");
  }

  /** Lets a frozen server go on. @throws Error when it does not run */
  async thaw(): Promise<void> {
    await this.#change("thaw", "thawed");
  }

  /** Kills the server and removes its folder. */
  async dispose(): Promise<void> {
    if (this.#supervisor.connected) this.#supervisor.disconnect();
    await this.#gone;
  }

  async #change(order: "freeze" | "thaw", report: "frozen" | "thawed"): Promise<void> {
    const changed = once(this.#reports, report);
    this.#order({ order });
    const [{ failure }] = await changed;
    if (failure !== undefined) throw new Error(`The ${this.#name} server did not ${order}: ${failure}`);
  }

  get #logFile(): string {
    return join(this.folder, "output.log");
  }

  #order(order: SupervisorOrder): void {
    this.#supervisor.send(order);
  }
}
