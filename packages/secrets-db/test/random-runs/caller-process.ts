import { type ChildProcess, fork, type Serializable } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Environment } from "@archestra/secrets-core";
import type { CallerCall, CallerOrder, CallerReport, RunValue } from "./caller.ts";

const program = fileURLToPath(new URL("./caller.ts", import.meta.url));

/** What a call gives whose process was killed: by its code, what a client knows of it. */
class ProcessKilled extends Error {
  readonly code = "OUTCOME_UNKNOWN";
}

/** The function of an update, which runs here. */
export type Change = (current: object) => Promise<RunValue>;

interface WaitingCall {
  readonly settle: (report: CallerReport) => void;
  readonly reject: (error: Error) => void;
  readonly change: Change | undefined;
}

type WithoutId<Order> = Order extends unknown ? Omit<Order, "id"> : never;

/** Another process that makes calls. It ends with this one. */
export class CallerProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, WaitingCall>();
  #orders = 0;
  #isDead = false;

  static async start(): Promise<CallerProcess> {
    const child = fork(program, {
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      // As JSON, a result that is undefined is none.
      serialization: "advanced",
    });
    await once(child, "message");
    return new CallerProcess(child);
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (report: CallerReport) => this.#hear(report));
    child.on("exit", () => {
      this.#isDead = true;
      for (const { reject } of this.#waiting.values()) reject(new ProcessKilled("The process was killed."));
      this.#waiting.clear();
    });
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  open(env: Environment, timeout: number): Promise<unknown> {
    return this.#order({ order: "open", env, timeout });
  }

  close(): Promise<unknown> {
    return this.#order({ order: "close" });
  }

  lock(file: string): Promise<unknown> {
    return this.#order({ order: "lock", file });
  }

  unlock(): Promise<unknown> {
    return this.#order({ order: "unlock" });
  }

  /**
   * @param change the function of an `updateBy`
   * @throws Error with the code of the error of ours that the call failed with; OUTCOME_UNKNOWN when the process is killed
   */
  call(call: CallerCall, change?: Change): Promise<unknown> {
    return this.#order({ order: "call", ...call }, change);
  }

  /** Ends it as a power failure would. */
  async kill(): Promise<void> {
    if (this.#isDead) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }

  #order(order: WithoutId<CallerOrder>, change?: Change): Promise<unknown> {
    if (this.#isDead) return Promise.reject(new ProcessKilled("The process was killed before."));
    const id = ++this.#orders;
    return new Promise((resolve, reject) => {
      const settle = (report: CallerReport) => {
        if ("failure" in report) {
          const { code, reason, message } = report.failure;
          reject(Object.assign(new Error(message), { code, reason }));
        } else if ("result" in report) resolve(report.result);
      };
      this.#waiting.set(id, { settle, reject, change });
      this.#send({ id, ...order } as CallerOrder);
    });
  }

  #hear(report: CallerReport): void {
    const waiting = this.#waiting.get(report.id);
    if (!("current" in report)) {
      this.#waiting.delete(report.id);
      waiting?.settle(report);
      return;
    }
    waiting
      ?.change?.(report.current)
      .then((value) => this.#send({ id: report.id, order: "change", value }), waiting.reject);
  }

  #send(order: CallerOrder): void {
    // It may have been killed meanwhile, which its exit tells.
    this.#child.send(order as unknown as Serializable, () => {});
  }
}

/** Processes for one run after the other: it takes a while to start one, so that those which were not killed are used again. */
export class CallerPool {
  readonly #idle: CallerProcess[] = [];
  readonly #all = new Set<CallerProcess>();

  async take(): Promise<CallerProcess> {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop())
      if (!idle.isDead) return idle;
    const started = await CallerProcess.start();
    this.#all.add(started);
    return started;
  }

  give(process: CallerProcess): void {
    this.#idle.push(process);
  }

  async end(): Promise<void> {
    await Promise.all([...this.#all].map((process) => process.kill()));
  }
}
