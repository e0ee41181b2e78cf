import { setImmediate as nextTurn } from "node:timers/promises";
import type { HistoryRecorder } from "./history-recorder.ts";
import type { Answer, Asked } from "./recorded-operation.ts";
import type { SeededRandom } from "./seeded-random.ts";

interface Versioned {
  readonly version?: string | undefined;
}

interface Value {
  readonly n: number;
}

interface Condition {
  readonly ifVersion?: string;
}

/** What a history needs of a `SecretsManager`, from whichever copy of the package. */
export interface HistoryManager {
  create(name: string, value: Value): Promise<Versioned>;
  set(name: string, value: Value): Promise<Versioned>;
  update(name: string, change: (current: object) => Promise<Value>, options?: Condition): Promise<Versioned>;
  update(name: string, change: Value, options?: Condition): Promise<Versioned>;
  delete(name: string, options?: Condition): Promise<boolean>;
  get(name: string): Promise<(Versioned & { readonly value: object }) | undefined>;
  has(name: string): Promise<boolean>;
  /** Absent: it is not called. */
  refresh?(
    name: string,
    options: {
      readonly isFresh: () => boolean;
      readonly refresh: (current: object, context: HistoryRefresh) => Promise<Value>;
    },
  ): Promise<Versioned & { readonly value: object }>;
}

/** What a function of `refresh` receives. */
export interface HistoryRefresh {
  readonly signal?: AbortSignal;
  /** Whether the process that runs it has died. Absent: it does not die. */
  readonly isDead?: () => boolean;
}

/** The authorization server of a history refuses one exchange in so many. */
const EXCHANGES_A_FAILURE = 8;

class ExchangeFailed extends Error {
  readonly code = "EXCHANGE_FAILED";
}

/** More than once: more often. Reads that overlap nothing say little, so most calls write. */
const calls = [
  ...(["create", "create", "set", "set", "update", "update", "updateBy", "updateBy", "updateBy"] as const),
  ...(["delete", "delete", "get", "get", "has"] as const),
] as const;
const callsWithRefresh = [...calls, "refresh", "refresh", "refresh"] as const;

/** Whose calls are recorded, and how. */
export interface HistoryClientParts {
  /** What it is called. */
  readonly client: string;
  readonly manager: HistoryManager;
  readonly history: HistoryRecorder;
  readonly random: SeededRandom;
  /**
   * False: it compares no versions, because they change while a secret moves, with no call of a client. What stands for the
   * version of a secret is its value then, which nothing else in the history has.
   *
   * @default true
   */
  readonly versions?: boolean | undefined;
}

/** Calls at random, one call after the other, and has all of them recorded. */
export class HistoryClient {
  readonly #client: string;
  readonly #manager: HistoryManager;
  readonly #history: HistoryRecorder;
  readonly #random: SeededRandom;
  readonly #hasVersions: boolean;
  /** By name, the last one seen last. */
  readonly #versions = new Map<string, string[]>();

  constructor({ client, manager, history, random, versions = true }: HistoryClientParts) {
    this.#client = client;
    this.#manager = manager;
    this.#history = history;
    this.#random = random;
    this.#hasVersions = versions;
  }

  async run(operations: number): Promise<void> {
    for (let index = 0; index < operations; index++) {
      await this.#pause();
      const call = this.#random.of<Asked["call"]>(
        this.#manager.refresh === undefined ? calls : callsWithRefresh,
      );
      await this.#call(call, this.#random.of(this.#history.names));
    }
  }

  async readAll(): Promise<void> {
    for (const name of this.#history.names) await this.#call("get", name);
  }

  async #call(call: Asked["call"], name: string): Promise<void> {
    const answer = await this.#record(call, name);
    const secret = "secret" in answer ? answer.secret : undefined;
    const version = "version" in answer ? answer.version : secret?.version;
    if (typeof version === "string") this.#seen(name).push(version);
  }

  #record(call: Asked["call"], name: string): Promise<Answer> {
    const manager = this.#manager;
    const record = (asked: Asked, answer: () => Promise<Answer>) =>
      this.#history.record(this.#client, name, () => asked, answer);
    switch (call) {
      case "create":
      case "set": {
        const value = this.#history.freshValue();
        return record({ call, value: JSON.stringify(value) }, async () =>
          this.#written(await manager[call](name, value), JSON.stringify(value)),
        );
      }
      case "update": {
        const value = this.#history.freshValue();
        const condition = this.#condition(name);
        return record({ call, value: JSON.stringify(value), ...condition }, async () =>
          this.#written(await manager.update(name, value, condition), JSON.stringify(value)),
        );
      }
      case "updateBy":
        return this.#recordUpdateBy(name);
      case "refresh":
        return this.#recordRefresh(name);
      case "delete": {
        const condition = this.#condition(name);
        return record({ call, ...condition }, async () => ({
          is: "deleted",
          existed: await manager.delete(name, condition),
        }));
      }
      case "get":
        return record({ call }, async () => {
          const secret = await manager.get(name);
          if (secret === undefined) return { is: "read", secret };
          const value = JSON.stringify(secret.value);
          return { is: "read", secret: { version: this.#version(secret, value), value } };
        });
      case "has":
        return record({ call }, async () => ({ is: "asked", exists: await manager.has(name) }));
    }
  }

  #recordUpdateBy(name: string): Promise<Answer> {
    const condition = this.#condition(name);
    let lastRun: { saw: string; gave: string } | undefined;
    const change = async (current: object) => {
      const value = this.#history.freshValue();
      lastRun = { saw: JSON.stringify(current), gave: JSON.stringify(value) };
      await this.#pause();
      return value;
    };
    return this.#history.record(
      this.#client,
      name,
      () => ({ call: "updateBy", lastRun, ...condition }),
      async () => this.#written(await this.#manager.update(name, change, condition), lastRun?.gave),
    );
  }

  #recordRefresh(name: string): Promise<Answer> {
    let lastRun: { saw: string; gave: string } | undefined;
    const isFresh = this.#random.below(4) === 0;
    const refresh = (current: object, { isDead = () => false }: HistoryRefresh) =>
      this.#history.refreshing(
        name,
        () => isDead(),
        async () => {
          await this.#pause();
          if (this.#random.below(EXCHANGES_A_FAILURE) === 0) throw new ExchangeFailed("The server is down.");
          const value = this.#history.freshValue();
          lastRun = { saw: JSON.stringify(current), gave: JSON.stringify(value) };
          return value;
        },
      );
    return this.#history.record(
      this.#client,
      name,
      () => ({ call: "refresh", lastRun }),
      async () => {
        const found = await this.#manager.refresh?.(name, { isFresh: () => isFresh, refresh });
        if (found === undefined) throw new Error("The manager cannot refresh.");
        const value = JSON.stringify(found.value);
        // Another call of the process stored it, and it was replaced before its version was read.
        const hasVersion = !this.#hasVersions || found.version !== undefined;
        if (lastRun === undefined && !hasVersion) return { is: "nothing", code: "NO_VERSION" };
        if (lastRun === undefined) {
          return { is: "read", secret: { version: this.#version(found, value), value } };
        }
        return { is: "refreshed", value, version: this.#hasVersions ? found.version : value };
      },
    );
  }

  /** A version that this client has seen, mostly the last one, or none. */
  #condition(name: string): Condition {
    const versions = this.#seen(name);
    if (!this.#hasVersions || versions.length === 0 || this.#random.below(3) === 0) return {};
    const index = this.#random.below(3) > 0 ? versions.length - 1 : this.#random.below(versions.length);
    const ifVersion = versions[index];
    return ifVersion === undefined ? {} : { ifVersion };
  }

  #seen(name: string): string[] {
    const versions = this.#versions.get(name) ?? [];
    this.#versions.set(name, versions);
    return versions;
  }

  /** Nothing, some microtasks, or until others have had their turn. */
  async #pause(): Promise<void> {
    const length = this.#random.below(8);
    if (length > 5) await nextTurn();
    else for (let microtask = 0; microtask < length; microtask++) await undefined;
  }

  #written(info: Versioned, value: string | undefined): Answer {
    return { is: "written", version: this.#version(info, value) };
  }

  #version({ version }: Versioned, value: string | undefined): string {
    const seen = this.#hasVersions ? version : value;
    if (seen === undefined) throw new Error("The store gave no version.");
    return seen;
  }
}
