import { setTimeout as sleep } from "node:timers/promises";
import { isSecretsError, type SecretsManager } from "@archestra/secrets-core";

/** The results of a load. */
export interface LoadFigures {
  readonly reads: number;
  readonly writes: number;
  /** Calls that failed, by their code and reason. */
  readonly failures: Readonly<Record<string, number>>;
  /** What no fault excuses: a wrong absence, an acknowledged write that is gone, an error that says too much or too little. */
  readonly lies: readonly string[];
}

export interface LoadOptions {
  /** Begins the names of the secrets. @default "load" */
  readonly folder?: string;
  /** How many secrets, each with one writer and as many readers as there are writers. @default 4 */
  readonly secrets?: number;
  /** Codes that a fault may cause. @default UNAVAILABLE, OUTCOME_UNKNOWN, TIMEOUT */
  readonly excused?: readonly string[];
  /** Milliseconds between two calls of one worker. @default 2 */
  readonly pause?: number;
  /** What the value holds beside its number. */
  readonly text?: string;
  /** Gets each error. */
  readonly onError?: (error: unknown) => void;
}

interface Watched {
  readonly name: string;
  /** The highest number whose write was acknowledged, or that was read. */
  least: number;
  /** The highest number that was sent. */
  most: number;
}

/**
 * Readers and writers under faults. Each secret has one writer, which counts up, so that every read can be judged: it
 * gives no number below one that was acknowledged before the read began, none that was never sent, and never nothing.
 */
export class TruthfulLoad {
  readonly #manager: SecretsManager;
  readonly #options: Required<LoadOptions>;
  readonly #watched: readonly Watched[];
  readonly #failures: Record<string, number> = {};
  readonly #lies: string[] = [];
  #workers: readonly Promise<void>[] = [];
  #reads = 0;
  #writes = 0;
  #isEnding = false;
  #onSuccess: (() => void)[] = [];

  constructor(manager: SecretsManager, options: LoadOptions = {}) {
    this.#manager = manager;
    this.#options = {
      folder: "load",
      secrets: 4,
      excused: ["UNAVAILABLE", "OUTCOME_UNKNOWN", "TIMEOUT"],
      pause: 2,
      text: "",
      onError: () => undefined,
      ...options,
    };
    const { folder, secrets } = this.#options;
    this.#watched = Array.from({ length: secrets }, (_, index) => ({
      name: `${folder}/${index}`,
      least: 0,
      most: 0,
    }));
  }

  /** Creates the secrets and begins. */
  async begin(): Promise<this> {
    const { text } = this.#options;
    for (const { name } of this.#watched) await this.#manager.create(name, { n: 0, text });
    this.#workers = this.#watched.flatMap((watched) => [
      this.#repeat(() => this.#write(watched)),
      this.#repeat(() => this.#read(watched)),
    ]);
    return this;
  }

  /** Settles when a write and a read have succeeded that began after this. */
  async recovered(): Promise<void> {
    const { reads, writes } = this.figures;
    while (this.#reads <= reads + this.#watched.length || this.#writes <= writes + this.#watched.length)
      await new Promise<void>((resolve) => this.#onSuccess.push(resolve));
  }

  get figures(): LoadFigures {
    return { reads: this.#reads, writes: this.#writes, failures: this.#failures, lies: this.#lies };
  }

  /** Ends after the calls in progress, and compares once more. */
  async end(): Promise<LoadFigures> {
    this.#isEnding = true;
    await Promise.all(this.#workers);
    for (const watched of this.#watched) await this.#read(watched);
    return this.figures;
  }

  async #repeat(call: () => Promise<void>): Promise<void> {
    while (!this.#isEnding) {
      await call().catch((error: unknown) => this.#judge(error));
      await sleep(this.#options.pause);
    }
  }

  async #write(watched: Watched): Promise<void> {
    const n = ++watched.most;
    await this.#manager.set(watched.name, { n, text: this.#options.text });
    watched.least = Math.max(watched.least, n);
    this.#writes++;
    this.#succeeded();
  }

  async #read(watched: Watched): Promise<void> {
    const { least, name } = watched;
    const secret = await this.#manager.get(name);
    const n = secret?.value.n;
    if (typeof n !== "number") this.#lies.push(`${name} was said to be absent`);
    else if (n < least) this.#lies.push(`${name} was ${n} after ${least} had been acknowledged or read`);
    else if (n > watched.most)
      this.#lies.push(`${name} was ${n}, and no more than ${watched.most} was ever sent`);
    else watched.least = Math.max(watched.least, n);
    this.#reads++;
    this.#succeeded();
  }

  #judge(error: unknown): void {
    this.#options.onError(error);
    const { code, reason } = isSecretsError(error)
      ? error
      : { code: `not ours: ${error}`, reason: undefined };
    const key = reason === undefined ? code : `${code} ${reason}`;
    this.#failures[key] = (this.#failures[key] ?? 0) + 1;
    if (!this.#options.excused.includes(code))
      this.#lies.push(`a call failed with ${key}: ${isSecretsError(error) ? error.message : ""}`);
  }

  #succeeded(): void {
    for (const settle of this.#onSuccess.splice(0)) settle();
  }
}
