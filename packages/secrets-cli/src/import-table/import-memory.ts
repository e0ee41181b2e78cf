import { chmodSync, existsSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { printable } from "../output/printable.ts";
import { UsageError } from "../program/usage-error.ts";

/** What was imported for a row of the source. */
export interface ImportedRow {
  /** The name of the secret that it became. */
  readonly name: string;
  /** Identifies the value of the source, without containing it. */
  readonly fingerprint: string;
  /** The version of the secret after the import. Null: the store has no versions. */
  readonly version: string | null;
}

/** Identifies the file, as `PRAGMA application_id`: "arim". */
const APPLICATION_ID = 0x6172696d;
const OF_THIS_RUN = 1;

/**
 * Remembers which values of a table were imported, in a SQLite file. It shows later which side has changed since. It holds
 * ids, names and fingerprints, and no value.
 */
export class ImportMemory implements Disposable {
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #put: StatementSync;
  readonly #see: StatementSync;

  /**
   * @param path undefined: it is kept in memory, and forgotten
   * @param isDryRun whether the file stays as it is
   * @throws UsageError when the file is not one of an import, or another import uses it
   */
  constructor(path: string | undefined, isDryRun: boolean) {
    const isNew = path === undefined || !existsSync(path);
    this.#database = openFile(path ?? ":memory:", isNew);
    // Losing the last entries with the power costs a comparison by time, and a pause for the disk at each row costs more.
    this.#database.exec("PRAGMA synchronous = OFF");
    this.#database.exec(
      "CREATE TABLE IF NOT EXISTS imported (id TEXT PRIMARY KEY, name TEXT NOT NULL, fingerprint TEXT NOT NULL, version TEXT, seen INTEGER NOT NULL) WITHOUT ROWID",
    );
    this.#find = this.#database.prepare("SELECT name, fingerprint, version FROM imported WHERE id = ?");
    this.#put = this.#database.prepare("INSERT OR REPLACE INTO imported VALUES (?, ?, ?, ?, ?)");
    this.#see = this.#database.prepare("UPDATE imported SET seen = ? WHERE id = ?");
    // Closing the file rolls a transaction back.
    if (isDryRun) this.#database.exec("BEGIN");
    this.#database.exec("UPDATE imported SET seen = 0");
  }

  find(id: string): ImportedRow | undefined {
    return this.#find.get(id) as ImportedRow | undefined;
  }

  put(id: string, { name, fingerprint, version }: ImportedRow): void {
    this.#put.run(id, name, fingerprint, version, OF_THIS_RUN);
  }

  /** The row is still there. */
  see(id: string): void {
    this.#see.run(OF_THIS_RUN, id);
  }

  /** The names of what was imported once and whose row was not seen by this run. */
  unseen(): string[] {
    const rows = this.#database.prepare("SELECT name FROM imported WHERE seen = 0 ORDER BY name").all();
    return rows.map(({ name }) => String(name));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

function openFile(path: string, isNew: boolean): DatabaseSync {
  const refuse = () => {
    throw new UsageError(
      `The file ${printable(path)} of --state cannot be used: it was not written by an import, another import uses it, or its folder cannot be written. Give the path of a file that does not exist, or of the earlier import.`,
    );
  };
  try {
    const database = new DatabaseSync(path);
    // Two imports at a time would undo each other's entries.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT");
    const { application_id } = database.prepare("PRAGMA application_id").get() ?? {};
    if (!isNew && application_id !== APPLICATION_ID) {
      database.close();
      return refuse();
    }
    if (isNew) database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    if (isNew && path !== ":memory:") chmodSync(path, 0o600);
    return database;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    return refuse();
  }
}
