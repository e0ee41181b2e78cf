import { setImmediate as nextTurn } from "node:timers/promises";
import { isSecretsError, type SecretsManager } from "@archestra/secrets-core";

/** What a load did, as data that travels between processes. */
export interface LoadReport {
  /** How often each secret was incremented. */
  readonly increments: Readonly<Record<string, number>>;
  readonly reads: number;
  /** What failed, and the names that a read did not find. */
  readonly failures: readonly string[];
}

/** Reads and increments of secrets picked at random, beside each other, each checked by what it gives. */
export class Load {
  readonly #manager: SecretsManager;
  readonly #names: readonly string[];
  readonly #increments: Record<string, number> = {};
  readonly #failures: string[] = [];
  readonly #workers: Promise<void>[];
  #reads = 0;
  #isEnding = false;

  /** @param writers how many write at a time; as many read */
  constructor(manager: SecretsManager, names: readonly string[], writers = 1) {
    this.#manager = manager;
    this.#names = names;
    this.#workers = Array.from({ length: writers }, () => [
      this.#repeat((name) => this.#increment(name)),
      this.#repeat((name) => this.#read(name)),
    ]).flat();
  }

  /** Ends after the calls in progress. */
  async end(): Promise<LoadReport> {
    this.#isEnding = true;
    await Promise.all(this.#workers);
    return { increments: this.#increments, reads: this.#reads, failures: this.#failures };
  }

  async #repeat(call: (name: string) => Promise<void>): Promise<void> {
    while (!this.#isEnding) {
      const name = this.#names[Math.floor(Math.random() * this.#names.length)] ?? "";
      await call(name).catch((error: unknown) => {
        const words = isSecretsError(error) ? `${error.code} ${error.message}` : String(error);
        this.#failures.push(`${name}: ${words}`);
      });
      // Calls on SQLite end without a turn of the event loop.
      await nextTurn();
    }
  }

  async #increment(name: string): Promise<void> {
    await this.#manager.update(name, ({ count }) => ({ count: Number(count) + 1 }));
    this.#increments[name] = (this.#increments[name] ?? 0) + 1;
  }

  async #read(name: string): Promise<void> {
    const secret = await this.#manager.get(name);
    if (typeof secret?.value.count !== "number") this.#failures.push(`${name}: was not found`);
    this.#reads++;
  }
}

/** What a secret's count must be after several loads. */
export function sumOfIncrements(reports: readonly LoadReport[], name: string): number {
  return reports.reduce((sum, { increments }) => sum + (increments[name] ?? 0), 0);
}
