import { randomUUID } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { SecretsError } from "@archestra/secrets-core";
import {
  type EntryChange,
  type EntryResult,
  type ExpectedEntry,
  type FoundEntry,
  isSameEntry,
  type ListedEntry,
  type OwnershipEntry,
  type OwnershipStore,
} from "@archestra/secrets-core/ownership";
import type { CallContext, ListRange, SecretValue } from "@archestra/secrets-core/plugin";
import { type CompiledQuery, sql } from "kysely";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/statements.ts";
import { missingKey } from "../encryption/decryption-failure.ts";
import { encryptValue } from "../encryption/envelope.ts";
import { secretPlace } from "../encryption/envelope-place.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { decryptRowValue, decryptSecret } from "../rows/decrypted-row.ts";
import {
  assertOwner,
  columnsOf,
  type EntryRow,
  entryColumns,
  entryOf,
  isAsExpected,
  keepsValue,
} from "../rows/entry-row.ts";
import { isOwnSecret, MANAGER_ID, NAMES_AT_A_TIME, rowInfo, type SecretRow } from "../rows/secret-row.ts";
import { listRows } from "./list-rows.ts";
import { countByOwner } from "./owner-counts.ts";
import { changeOrReadBack } from "./read-back.ts";

const PAGE_ROWS = 500;

type RowWithoutValue = EntryRow & { readonly holds_value: unknown };
type WholeRow = EntryRow & SecretRow;

const absent: EntryResult = Object.freeze({ status: "absent" });

/** A value that is ready to be stored in its row. */
interface EncryptedValue {
  readonly rowId: string;
  /** The plaintext. */
  readonly json: string;
  readonly envelope: string;
  readonly ring: KeyRing;
}

/**
 * The ownership table: the same rows that hold the secrets of this manager. Every change is one statement that names the row
 * which it expects, so it happens as a whole or not at all, and never twice.
 */
export class DatabaseOwnershipStore implements OwnershipStore {
  readonly #database: OpenDatabase;
  readonly #ring: KeyRing | undefined;
  /** Compiled once, since building a statement takes longer than running it, and by the call that needs it, not at a start. */
  #selectRow: CompiledQuery<RowWithoutValue> | undefined;
  #selectWhole: CompiledQuery<WholeRow> | undefined;

  /** @param ring undefined: this process has no key, and serves entries without secrets */
  constructor(database: OpenDatabase, ring: KeyRing | undefined) {
    this.#database = database;
    this.#ring = ring;
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
    const [row] = await statements.query(context, this.#selectRow, [name]);
    if (row === undefined) return undefined;
    const entry = entryOf(row);
    assertOwner(entry, Boolean(row.holds_value));
    return entry;
  }

  async read(name: string, context: CallContext): Promise<FoundEntry | undefined> {
    const { statements } = this.#database;
    this.#selectWhole ??= statements.compile((db) => this.#select(db).where("name", "=", ""));
    const [row] = await statements.query(context, this.#selectWhole, [name]);
    return row === undefined ? undefined : this.#open(row, context.exactNumbers);
  }

  async readMany(names: readonly string[], context: CallContext): Promise<Map<string, EntryResult>> {
    const { nameIn } = this.#database.dialect.sql;
    const results = new Map<string, EntryResult>();
    for (let start = 0; start < names.length; start += NAMES_AT_A_TIME) {
      if (start > 0) await nextTurn();
      context.signal.throwIfAborted();
      const page = names.slice(start, start + NAMES_AT_A_TIME);
      const rows = await this.#database.statements.read(context, (session) =>
        session.rows(this.#select(session.db).where(nameIn(page))),
      );
      for (const name of page) results.set(name, absent);
      for (const row of rows) results.set(row.name, this.#result(row));
    }
    return results;
  }

  async claim(name: string, change: EntryChange, context: CallContext): Promise<boolean> {
    const { dialect } = this.#database;
    const id = randomUUID();
    const insert = (session: Session) =>
      session.exists(
        session.db
          .insertInto("archestra_secrets")
          .values({ id, name, ...columnsOf(change, dialect) })
          .onConflict((conflict) => conflict.column("name").doNothing())
          .returning("id"),
      );
    return changeOrReadBack(this.#database, context, insert, async (session) => {
      const row = await this.#find(session, name);
      if (row === undefined) return "open";
      return row.id === id ? { outcome: true } : "hidden";
    });
  }

  async advance(
    expected: ExpectedEntry,
    { value, ...change }: EntryChange & { readonly value?: SecretValue },
    context: CallContext,
  ): Promise<boolean> {
    if (value === undefined) return this.#advance(expected, change, undefined, context);
    if (!keepsValue(change)) {
      throw new TypeError(`A value is kept only in a row whose owner or copy is at ${MANAGER_ID}.`);
    }
    const encrypted = await this.#encrypt(expected, value, context);
    return encrypted !== undefined && this.#advance(expected, change, encrypted, context);
  }

  async remove(expected: ExpectedEntry, context: CallContext): Promise<boolean> {
    const remove = async (session: Session) => {
      const removal = session.db.deleteFrom("archestra_secrets").where((eb) => isAsExpected(eb, expected));
      return (await session.affected(removal)) > 0;
    };
    return changeOrReadBack(this.#database, context, remove, async (session) => {
      const row = await this.#find(session, expected.name);
      if (row !== undefined) return isSameEntry(entryOf(row), expected) ? "open" : "hidden";
      // Without a transition of this call, any other call may have removed it.
      return expected.transitionId === undefined ? "hidden" : { outcome: true };
    });
  }

  list(range: ListRange, context: CallContext): AsyncGenerator<ListedEntry> {
    return listRows<ListedEntry>(this.#database, range, context, (row) =>
      isOwnSecret(row) && row.holds_value ? { ...entryOf(row), info: rowInfo(row) } : entryOf(row),
    );
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

  async #advance(
    expected: ExpectedEntry,
    change: EntryChange,
    encrypted: EncryptedValue | undefined,
    context: CallContext,
  ): Promise<boolean> {
    const { dialect } = this.#database;
    // Another manager had versions of its own meanwhile, so none of the earlier versions may be used again.
    const isReturn = expected.manager !== MANAGER_ID && change.manager === MANAGER_ID;
    const update = (session: Session) =>
      session.first(
        session.db
          .updateTable("archestra_secrets")
          .set(columnsOf(change, dialect))
          .$if(encrypted !== undefined || isReturn, (query) => query.set({ version: sql`version + 1` }))
          .$if(!keepsValue(change), (query) => query.set({ value: null, key_id: null }))
          .$if(encrypted !== undefined, (query) =>
            query
              .set({
                value: encrypted?.envelope ?? null,
                key_id: encrypted?.ring.current.id ?? null,
                updated_at: dialect.sql.now,
              })
              .where("id", "=", encrypted?.rowId ?? "")
              .returning("value"),
          )
          .where((eb) => isAsExpected(eb, expected))
          .returning(["id", "name", "key_id"]),
      );
    const row = await changeOrReadBack(this.#database, context, update, async (session) => {
      const found = await this.#find(session, expected.name);
      if (found === undefined) return "hidden";
      const entry = entryOf(found);
      const isLeft =
        isSameEntry(entry, change) && (encrypted === undefined || found.value === encrypted.envelope);
      if (isLeft) return { outcome: found };
      return isSameEntry(entry, expected) ? "open" : "hidden";
    });
    if (row !== undefined && encrypted !== undefined) assertStored(row, encrypted);
    return row !== undefined;
  }

  /** Undefined: the row is not as expected. Its id is needed first, because the envelope is bound to it. */
  async #encrypt(
    expected: ExpectedEntry,
    value: SecretValue,
    context: CallContext,
  ): Promise<EncryptedValue | undefined> {
    const ring = this.#ring;
    if (ring === undefined) throw missingKey();
    const json = JSON.stringify(value);
    const row = await this.#database.statements.read(context, (session) =>
      session.first(
        session.db
          .selectFrom("archestra_secrets")
          .select("id")
          .where((eb) => isAsExpected(eb, expected)),
      ),
    );
    if (row === undefined) return undefined;
    const envelope = encryptValue(json, ring.current, secretPlace(row.id, expected.name));
    return { rowId: row.id, json, envelope, ring };
  }

  #find(session: Session, name: string) {
    return session.first(
      session.db
        .selectFrom("archestra_secrets")
        .select([...entryColumns(this.#database.dialect), "id", "value", "key_id"])
        .where("name", "=", name),
    );
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

/** A moved secret is deleted at the manager that it comes from, so the row must hold exactly that secret now. */
function assertStored(
  row: Pick<SecretRow, "id" | "name" | "key_id"> & { readonly value?: string | null | undefined },
  { json, envelope, ring }: EncryptedValue,
): void {
  if (row.value === envelope && JSON.stringify(decryptRowValue(row, row.value, ring)) === json) return;
  throw new SecretsError(
    "INTERNAL",
    "The database stored another value than the one that was written. Check the table archestra_secrets for a trigger, and write the secret again.",
    { reason: "VALUE_CHANGED" },
  );
}
