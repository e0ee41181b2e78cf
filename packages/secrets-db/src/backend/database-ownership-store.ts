import { setImmediate as nextTurn } from "node:timers/promises";
import type {
  EntryChange,
  EntryResult,
  ExpectedEntry,
  FoundEntry,
  ListedEntry,
  OwnershipEntry,
  OwnershipStore,
} from "@archestra/secrets-core/ownership";
import type { CallContext, ListRange, SecretValue } from "@archestra/secrets-core/plugin";
import type { CompiledQuery } from "kysely";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/statements.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { decryptSecret } from "../rows/decrypted-row.ts";
import { assertOwner, type EntryRow, entryColumns, entryOf } from "../rows/entry-row.ts";
import { isOwnSecret, NAMES_AT_A_TIME, rowInfo, type SecretRow } from "../rows/secret-row.ts";
import { EntryChanges } from "./entry-changes.ts";
import { countByOwner } from "./owner-counts.ts";
import { rowsInOrder } from "./rows-in-order.ts";

const PAGE_ROWS = 500;

type RowWithoutValue = EntryRow & { readonly holds_value: unknown };
type WholeRow = EntryRow & SecretRow;

const absent: EntryResult = Object.freeze({ status: "absent" });

/** The table of owners: the same rows that hold our own secrets. */
export class DatabaseOwnershipStore implements OwnershipStore {
  readonly #database: OpenDatabase;
  readonly #ring: KeyRing | undefined;
  readonly #changes: EntryChanges;
  /** Compiled once, since building a statement takes longer than running it, and by the call that needs it, not at a start. */
  #selectRow: CompiledQuery<RowWithoutValue> | undefined;
  #selectWhole: CompiledQuery<WholeRow> | undefined;

  /** @param ring undefined: this process has no key, and serves rows without secrets */
  constructor(database: OpenDatabase, ring: KeyRing | undefined) {
    this.#database = database;
    this.#ring = ring;
    this.#changes = new EntryChanges(database, ring);
  }

  async find(name: string, context: CallContext): Promise<OwnershipEntry | undefined> {
    const { statements, dialect } = this.#database;
    this.#selectRow ??= statements.compile((db) =>
      db
        .selectFrom("archestra_secrets")
        .select(entryColumns(dialect))
        .select(({ eb }) => eb("value", "is not", null).as("holds_value"))
        .where("name", "=", ""),
    );
    const row = await this.#first(this.#selectRow, name, context);
    if (row === undefined) return undefined;
    const entry = entryOf(row);
    assertOwner(entry, Boolean(row.holds_value));
    return entry;
  }

  async read(name: string, context: CallContext): Promise<FoundEntry | undefined> {
    this.#selectWhole ??= this.#database.statements.compile((db) => this.#select(db).where("name", "=", ""));
    const row = await this.#first(this.#selectWhole, name, context);
    return row === undefined ? undefined : this.#open(row, context.exactNumbers);
  }

  async readMany(names: readonly string[], context: CallContext): Promise<Map<string, EntryResult>> {
    const results = new Map<string, EntryResult>();
    for (let start = 0; start < names.length; start += NAMES_AT_A_TIME) {
      if (start > 0) await nextTurn();
      context.signal.throwIfAborted();
      const page = names.slice(start, start + NAMES_AT_A_TIME);
      const rows = await this.#database.statements.read(context, (session) =>
        session.rows(this.#select(session.db).where("name", "in", page)),
      );
      for (const name of page) results.set(name, absent);
      for (const row of rows) results.set(row.name, this.#result(row));
    }
    return results;
  }

  claim(name: string, change: EntryChange, context: CallContext): Promise<boolean> {
    return this.#changes.claim(name, change, context);
  }

  advance(
    expected: ExpectedEntry,
    change: EntryChange & { readonly value?: SecretValue },
    context: CallContext,
  ): Promise<boolean> {
    return this.#changes.advance(expected, change, context);
  }

  remove(expected: ExpectedEntry, context: CallContext): Promise<boolean> {
    return this.#changes.remove(expected, context);
  }

  async *list(range: ListRange, context: CallContext): AsyncGenerator<ListedEntry> {
    let left = range.limit ?? Number.POSITIVE_INFINITY;
    if (left <= 0) return;
    for await (const row of rowsInOrder(this.#database, range, context)) {
      const entry: ListedEntry = entryOf(row);
      yield isOwnSecret(row) && row.holds_value ? { ...entry, info: rowInfo(row) } : entry;
      if (--left <= 0) return;
    }
  }

  async *transitions(context: CallContext): AsyncGenerator<OwnershipEntry> {
    const { statements, dialect } = this.#database;
    let last = "";
    for (;;) {
      context.signal.throwIfAborted();
      const after = last;
      const page = await statements.inIndexOrder(context, (session) =>
        session.rows(
          session.db
            .selectFrom("archestra_secrets")
            .select(entryColumns(dialect))
            .where("transition_id", "is not", null)
            .where("name", ">", after)
            .orderBy("name")
            .limit(PAGE_ROWS),
        ),
      );
      for (const row of page) {
        last = row.name;
        yield entryOf(row);
      }
      if (page.length < PAGE_ROWS) return;
      await nextTurn();
    }
  }

  count(
    { except }: { readonly except?: string | undefined },
    context: CallContext,
  ): Promise<Map<string, number>> {
    return countByOwner(this.#database, except, context);
  }

  async #first<Row>(query: CompiledQuery<Row>, name: string, context: CallContext): Promise<Row | undefined> {
    const [row] = await this.#database.statements.query(context, query, [name]);
    return row;
  }

  #select(db: Session["db"]) {
    return db
      .selectFrom("archestra_secrets")
      .select(entryColumns(this.#database.dialect))
      .select(["id", "value", "key_id", "version", "created_at", "updated_at"]);
  }

  #result(row: WholeRow): EntryResult {
    try {
      return { status: "found", entry: this.#open(row) };
    } catch (error) {
      return { status: "failed", error };
    }
  }

  #open(row: WholeRow, exactNumbers?: boolean): FoundEntry {
    const entry = entryOf(row);
    assertOwner(entry, row.value !== null);
    if (isOwnSecret(row)) entry.secret = decryptSecret(row, this.#ring, exactNumbers);
    return entry;
  }
}
