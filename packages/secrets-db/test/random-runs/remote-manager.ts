import type { Environment } from "@archestra/secrets-core";
import type { HistoryManager } from "@archestra/test-harness/history-client";
import type { SeededRandom } from "@archestra/test-harness/seeded-random";
import type { CallerCall, RunValue } from "./caller.ts";
import type { CallerPool, CallerProcess, Change } from "./caller-process.ts";
import { abortAfter } from "./watched-manager.ts";

/** Opens a manager, again for as long as it is too slow for its deadline. */
export async function untilInTime<Result>(open: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== "TIMEOUT") throw error;
    }
  }
}

/** A manager in a process that may be killed: the next call runs in a new one. */
export class RemoteManager implements HistoryManager {
  readonly #pool: CallerPool;
  readonly #env: Environment;
  readonly #timeout: number;
  readonly #random: SeededRandom | undefined;
  #process: CallerProcess | undefined;

  /** @param random which calls are aborted. Undefined: none */
  constructor(pool: CallerPool, env: Environment, timeout: number, random: SeededRandom | undefined) {
    this.#pool = pool;
    this.#env = env;
    this.#timeout = timeout;
    this.#random = random;
  }

  readonly create: HistoryManager["create"] = (name, value) => this.#call({ call: "create", name, value });

  readonly set: HistoryManager["set"] = (name, value) => this.#call({ call: "set", name, value });

  readonly update: HistoryManager["update"] = (
    name: string,
    change: RunValue | Change,
    options?: { readonly ifVersion?: string },
  ) =>
    typeof change === "function"
      ? this.#call({ call: "updateBy", name, ...options }, change)
      : this.#call({ call: "update", name, value: change, ...options });

  readonly delete: HistoryManager["delete"] = (name, options) =>
    this.#call({ call: "delete", name, ...options });

  readonly get: HistoryManager["get"] = (name) => this.#call({ call: "get", name });

  readonly has: HistoryManager["has"] = (name) => this.#call({ call: "has", name });

  /** Starts it before its first call, however long that takes. */
  async start(): Promise<void> {
    await untilInTime(() => this.#running());
  }

  /** Kills the process, in whatever it is doing. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  async close(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (process === undefined || process.isDead) return;
    await process.close().catch(() => {});
    this.#pool.give(process);
  }

  async #call<Result>(call: CallerCall, change?: Change): Promise<Result> {
    const process = await this.#running();
    return (await process.call(
      { ...call, abortAfter: this.#random && abortAfter(this.#random) },
      change,
    )) as Result;
  }

  async #running(): Promise<CallerProcess> {
    if (this.#process !== undefined && !this.#process.isDead) return this.#process;
    const process = await this.#pool.take();
    this.#process = process;
    try {
      await process.open(this.#env, this.#timeout);
    } catch (error) {
      // It has sent no call yet.
      this.#process = undefined;
      this.#pool.give(process);
      throw process.isDead ? Object.assign(new Error("killed at its start"), { code: "ABORTED" }) : error;
    }
    return process;
  }
}
