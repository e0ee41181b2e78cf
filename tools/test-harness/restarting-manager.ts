import type { HistoryManager } from "./history-client.ts";
import type { HistoryProcess } from "./history-process.ts";
import type { MovableManager } from "./movable-secrets.ts";
import type { ProcessPool } from "./process-pool.ts";
import type { SeededRandom } from "./seeded-random.ts";

type Refresh = NonNullable<HistoryManager["refresh"]>;

/** One call in so many dies, if it has as many steps as were chosen. */
const CALLS_A_DEATH = 10;
const STEPS_TO_LIVE = 8;

/** What a restarting manager is made of. */
export interface RestartingManagerParts<Manager extends MovableManager> {
  readonly pool: ProcessPool<Manager>;
  /** The ids of the managers that may be selected when it starts again. */
  readonly managers: readonly [string, string];
  /** The one that is selected at first. */
  readonly selected: string;
  readonly random: SeededRandom;
  /** False: it never dies. */
  readonly isMortal: boolean;
}

/**
 * A manager whose process dies now and then in the middle of a call. The call fails with OUTCOME_UNKNOWN then, and the next
 * one runs in a new process, which may have another manager selected.
 */
export class RestartingManager<Manager extends MovableManager> implements HistoryManager {
  readonly #parts: RestartingManagerParts<Manager>;
  #selected: string;
  #process: Promise<HistoryProcess<Manager>> | undefined;

  constructor(parts: RestartingManagerParts<Manager>) {
    this.#parts = parts;
    this.#selected = parts.selected;
  }

  readonly create: HistoryManager["create"] = (name, value) =>
    this.call((manager) => manager.create(name, value));

  readonly set: HistoryManager["set"] = (name, value) => this.call((manager) => manager.set(name, value));

  readonly update: HistoryManager["update"] = (name: string, change: never, options?: object) =>
    this.call((manager) => manager.update(name, change, options));

  readonly delete: HistoryManager["delete"] = (name, options) =>
    this.call((manager) => manager.delete(name, options));

  readonly has: HistoryManager["has"] = (name) => this.call((manager) => manager.has(name));

  readonly refresh = (name: string, options: Parameters<Refresh>[1]): ReturnType<Refresh> =>
    this.call((manager, process) => {
      const { refresh } = options;
      const mortal: typeof refresh = (current) => refresh(current, { isDead: () => process.isDead });
      if (manager.refresh === undefined) throw new Error("The manager cannot refresh.");
      return manager.refresh(name, { ...options, refresh: mortal });
    });

  /** In one of the two ways in which a secret is read. */
  readonly get: HistoryManager["get"] = (name) =>
    this.call(async (manager) => {
      if (this.#parts.random.below(2) === 0) return manager.get(name);
      const answer = (await manager.getMany([name])).get(name);
      if (answer?.status === "found") return answer.secret;
      if (answer?.status === "failed") throw answer.error;
      return undefined;
    });

  /**
   * Makes one call, of which this manager may die.
   *
   * @throws ProcessDied
   */
  async call<Result>(
    run: (manager: Manager, process: HistoryProcess<Manager>) => Promise<Result>,
  ): Promise<Result> {
    const { pool, random, isMortal } = this.#parts;
    const process = await this.#running();
    if (isMortal && random.below(CALLS_A_DEATH) === 0) {
      process.dieAt({ step: random.below(STEPS_TO_LIVE), isCarriedOut: random.below(2) === 0 });
    }
    try {
      return await process.call((manager) => run(manager, process));
    } finally {
      if (process.isDead) await pool.bury(process);
      else process.dieAt(undefined);
    }
  }

  /** Gives the process back when the history is over. */
  async end(): Promise<void> {
    const process = await this.#process;
    if (process !== undefined && !process.isDead) this.#parts.pool.give(this.#selected, process);
  }

  async #running(): Promise<HistoryProcess<Manager>> {
    const { pool, managers, random } = this.#parts;
    const earlier = this.#process;
    const process = await earlier;
    if (process !== undefined && !process.isDead) return process;
    // Of several calls that find it dead, one starts it anew.
    if (this.#process === earlier) {
      if (earlier !== undefined) this.#selected = random.of(managers);
      this.#process = pool.take(this.#selected, random);
    }
    return this.#running();
  }
}
