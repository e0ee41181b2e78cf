import { isSecretsError, type SecretsError, type SecretsManager } from "@archestra/secrets-core";

/** What the writers of one name know of it. */
interface WrittenName {
  /** The last counter whose write was acknowledged. */
  acknowledged: number;
  /** Counters of later writes whose outcome is unknown. */
  unknown: number[];
}

/**
 * Writers that each count one secret up, write after write, until they are stopped, and know what the secret may
 * hold: the last count that was acknowledged, or a later one whose outcome is unknown.
 */
export class CountingWriters {
  /** How many writes were acknowledged. */
  acknowledged = 0;
  /** How many writes ended with each code, `done` included. */
  readonly codes: Record<string, number> = {};
  readonly #manager: SecretsManager;
  readonly #names = new Map<string, WrittenName>();
  readonly #running: Promise<void>[];
  readonly #onWrite = new Set<(error: SecretsError | undefined) => void>();
  #isOver = false;

  constructor(manager: SecretsManager, writers: number) {
    this.#manager = manager;
    this.#running = Array.from({ length: writers }, (_, index) => this.#write(`count/${index}`));
  }

  /** Waits for the next write that ends so. @param code an error's, or `done` */
  next(code: string): Promise<SecretsError | undefined> {
    return new Promise((resolve) => {
      const look = (error: SecretsError | undefined) => {
        if ((error?.code ?? "done") !== code) return;
        this.#onWrite.delete(look);
        resolve(error);
      };
      this.#onWrite.add(look);
    });
  }

  /** Ends after the writes in progress. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#running);
  }

  /** The names that hold something else than they may, in words. Call it when nothing can happen any more. */
  async wrongNames(reader: SecretsManager): Promise<string[]> {
    const wrong: string[] = [];
    for (const [name, { acknowledged, unknown }] of this.#names) {
      const count = Number((await reader.get(name))?.value.count ?? 0);
      if (count !== acknowledged && !unknown.includes(count))
        wrong.push(`${name} holds ${count}, and ${acknowledged} was acknowledged, unknown: ${unknown}`);
    }
    return wrong;
  }

  async #write(name: string): Promise<void> {
    const known: WrittenName = { acknowledged: 0, unknown: [] };
    this.#names.set(name, known);
    for (let count = 1; !this.#isOver; count++) {
      let error: SecretsError | undefined;
      try {
        await this.#manager.set(name, { count });
        known.acknowledged = count;
        known.unknown = [];
        this.acknowledged++;
      } catch (caught) {
        if (!isSecretsError(caught)) throw caught;
        error = caught;
        if (error.code === "OUTCOME_UNKNOWN") known.unknown.push(count);
      }
      const code = error?.code ?? "done";
      this.codes[code] = (this.codes[code] ?? 0) + 1;
      for (const look of [...this.#onWrite]) look(error);
      // A write that is refused at once leaves others their turn.
      if (error !== undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
