import type { SecretsManager } from "@archestra/secrets-core";
import type { HistoryManager } from "@archestra/test-harness/history-client";
import type { SeededRandom } from "@archestra/test-harness/seeded-random";
import type { RunValue } from "./caller.ts";
import type { Change } from "./caller-process.ts";
import type { LateStatements } from "./late-statements.ts";

const LONGEST_UNTIL_ABORT = 400;

/** After how many milliseconds a call is aborted. Undefined: it is not. */
export function abortAfter(random: SeededRandom): number | undefined {
  return random.below(5) === 0 ? random.below(LONGEST_UNTIL_ABORT) : undefined;
}

/** A manager of this process. Some of its calls are aborted, and nothing may be sent for one that has ended. */
export class WatchedManager implements HistoryManager {
  readonly #manager: SecretsManager;
  readonly #random: SeededRandom;
  readonly #statements: LateStatements;

  constructor(manager: SecretsManager, random: SeededRandom, statements: LateStatements) {
    this.#manager = manager;
    this.#random = random;
    this.#statements = statements;
  }

  readonly create: HistoryManager["create"] = (name, value) =>
    this.#call(`create ${name}`, (signal) => this.#manager.create(name, { ...value }, { signal }));

  readonly set: HistoryManager["set"] = (name, value) =>
    this.#call(`set ${name}`, (signal) => this.#manager.set(name, { ...value }, { signal }));

  readonly update: HistoryManager["update"] = (
    name: string,
    change: RunValue | Change,
    options?: { readonly ifVersion?: string },
  ) =>
    this.#call(`update ${name}`, (signal) =>
      typeof change === "function"
        ? this.#manager.update(name, async (current) => ({ ...(await change(current)) }), {
            ...options,
            signal,
          })
        : this.#manager.update(name, { ...change }, { ...options, signal }),
    );

  readonly delete: HistoryManager["delete"] = (name, options) =>
    this.#call(`delete ${name}`, (signal) => this.#manager.delete(name, { ...options, signal }));

  readonly get: HistoryManager["get"] = (name) =>
    this.#call(`get ${name}`, (signal) => this.#manager.get(name, { signal }));

  readonly has: HistoryManager["has"] = (name) =>
    this.#call(`has ${name}`, (signal) => this.#manager.has(name, { signal }));

  close(): Promise<void> {
    return this.#manager.close({ timeout: 0 });
  }

  async #call<Result>(what: string, call: (signal?: AbortSignal) => Promise<Result>): Promise<Result> {
    const milliseconds = abortAfter(this.#random);
    const controller = new AbortController();
    const timer = milliseconds === undefined ? undefined : setTimeout(() => controller.abort(), milliseconds);
    try {
      return await this.#statements.watch(what, () => call(controller.signal));
    } finally {
      clearTimeout(timer);
    }
  }
}
