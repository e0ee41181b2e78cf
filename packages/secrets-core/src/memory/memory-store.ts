import { randomUUID } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { EntryChange } from "../backend/ownership-store.ts";
import type { SecretValue } from "../secret/secret.ts";
import { compareNames } from "../secret/secret-name.ts";
import type { MemoryRow } from "./memory-row.ts";

/**
 * Stores secrets and ownership in memory, one row per name. Pass one store to several `memoryPlugin`s to share it between
 * managers, as processes share a database. It encrypts nothing and ends with the process.
 */
export class MemoryStore {
  readonly #rows = new Map<string, MemoryRow>();

  /** Returns the row of a secret. Undefined: there is none. */
  find(name: string): MemoryRow | undefined {
    return this.#rows.get(name);
  }

  /** Inserts a row for a new secret. */
  insert(name: string, change: EntryChange, value: SecretValue | undefined): MemoryRow {
    const now = new Date();
    const row: MemoryRow = {
      ...change,
      name,
      id: randomUUID(),
      transitionStartedAt: change.transitionId === undefined ? undefined : now,
      value,
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
    this.#rows.set(name, row);
    return row;
  }

  /** Replaces columns of an existing row. */
  replace(row: MemoryRow, columns: Partial<MemoryRow>): MemoryRow {
    const replaced = { ...row, ...columns };
    this.#rows.set(row.name, replaced);
    return replaced;
  }

  /** Removes the row of a secret. */
  remove(name: string): void {
    this.#rows.delete(name);
  }

  /** All rows. */
  get rows(): readonly MemoryRow[] {
    return [...this.#rows.values()];
  }

  /** Returns the rows after a name, in the order of the bytes of their names. */
  *ordered(prefix: string, after: string | undefined): Generator<MemoryRow> {
    const names = [...this.#rows.keys()].filter(
      (name) => name.startsWith(prefix) && (after === undefined || compareNames(name, after) > 0),
    );
    for (const name of names.sort(compareNames)) {
      const row = this.#rows.get(name);
      if (row !== undefined) yield row;
    }
  }
}

const BATCH_SIZE = 500;

/**
 * Iterates over rows in batches, so that timers and other work run in between.
 *
 * @throws the signal's reason when it aborts
 */
export async function* inTurns<Row>(rows: Iterable<Row>, signal: AbortSignal): AsyncGenerator<Row> {
  signal.throwIfAborted();
  let given = 0;
  for (const row of rows) {
    yield row;
    if (++given % BATCH_SIZE !== 0) continue;
    await nextTurn();
    signal.throwIfAborted();
  }
}
