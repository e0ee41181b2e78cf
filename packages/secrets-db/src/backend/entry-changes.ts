import { randomUUID } from "node:crypto";
import { SecretsError } from "@archestra/secrets-core";
import { type EntryChange, type ExpectedEntry, isSameEntry } from "@archestra/secrets-core/ownership";
import type { CallContext, SecretValue } from "@archestra/secrets-core/plugin";
import { sql } from "kysely";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/statements.ts";
import { missingKey } from "../encryption/decryption-failure.ts";
import { encryptValue } from "../encryption/envelope.ts";
import { secretPlace } from "../encryption/envelope-place.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { decryptRowValue } from "../rows/decrypted-row.ts";
import { columnsOf, entryColumns, entryOf, isAsExpected, keepsValue } from "../rows/entry-row.ts";
import { MANAGER_ID, type SecretRow } from "../rows/secret-row.ts";
import { type Evidence, findEvidence } from "./read-back.ts";

/** A value that is ready for its row. */
interface EncryptedValue {
  readonly rowId: string;
  /** What was sealed. */
  readonly json: string;
  readonly envelope: string;
  readonly ring: KeyRing;
}

/**
 * Changes rows of the table of owners. Every change is one statement that names the row which it expects, so it happens
 * whole or not at all, and never twice.
 */
export class EntryChanges {
  readonly #database: OpenDatabase;
  readonly #ring: KeyRing | undefined;

  /** @param ring seals the values of secrets that are moved here. Undefined: this process has no key */
  constructor(database: OpenDatabase, ring: KeyRing | undefined) {
    this.#database = database;
    this.#ring = ring;
  }

  async claim(name: string, change: EntryChange, context: CallContext): Promise<boolean> {
    const { dialect } = this.#database;
    const id = randomUUID();
    const insert = async (session: Session) => {
      const row = await session.first(
        session.db
          .insertInto("archestra_secrets")
          .values({ id, name, ...columnsOf(change, dialect) })
          .onConflict((conflict) => conflict.column("name").doNothing())
          .returning("id"),
      );
      return row !== undefined;
    };
    return this.#run(context, insert, async (session) => {
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
    const sealed = await this.#seal(expected, value, context);
    return sealed !== undefined && this.#advance(expected, change, sealed, context);
  }

  async remove(expected: ExpectedEntry, context: CallContext): Promise<boolean> {
    const remove = async (session: Session) => {
      const removal = session.db.deleteFrom("archestra_secrets").where((eb) => isAsExpected(eb, expected));
      return (await session.affected(removal)) > 0;
    };
    return this.#run(context, remove, async (session) => {
      const row = await this.#find(session, expected.name);
      if (row !== undefined) return isSameEntry(entryOf(row), expected) ? "open" : "hidden";
      // Without a change of ours under way, anybody may have removed it.
      return expected.transitionId === undefined ? "hidden" : { outcome: true };
    });
  }

  async #advance(
    expected: ExpectedEntry,
    change: EntryChange,
    sealed: EncryptedValue | undefined,
    context: CallContext,
  ): Promise<boolean> {
    const { dialect } = this.#database;
    // Another manager had states of its own meanwhile, so none of the versions from before may come back.
    const isReturn = expected.manager !== MANAGER_ID && change.manager === MANAGER_ID;
    const update = (session: Session) =>
      session.first(
        session.db
          .updateTable("archestra_secrets")
          .set(columnsOf(change, dialect))
          .$if(sealed !== undefined || isReturn, (query) => query.set({ version: sql`version + 1` }))
          .$if(!keepsValue(change), (query) => query.set({ value: null, key_id: null }))
          .$if(sealed !== undefined, (query) =>
            query
              .set({
                value: sealed?.envelope ?? null,
                key_id: sealed?.ring.current.id ?? null,
                updated_at: dialect.sql.now,
              })
              .where("id", "=", sealed?.rowId ?? "")
              .returning("value"),
          )
          .where((eb) => isAsExpected(eb, expected))
          .returning(["id", "name", "key_id"]),
      );
    const row = await this.#run(context, update, async (session) => {
      const found = await this.#find(session, expected.name);
      if (found === undefined) return "hidden";
      const entry = entryOf(found);
      const isLeft = isSameEntry(entry, change) && (sealed === undefined || found.value === sealed.envelope);
      if (isLeft) return { outcome: found };
      return isSameEntry(entry, expected) ? "open" : "hidden";
    });
    if (row !== undefined && sealed !== undefined) assertStored(row, sealed);
    return row !== undefined;
  }

  /** Undefined: the row is not as expected. Its id is needed first, because the envelope is bound to it. */
  async #seal(
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

  async #run<Outcome>(
    context: CallContext,
    statement: (session: Session) => Promise<Outcome>,
    look: (session: Session) => Promise<Evidence<Outcome>>,
  ): Promise<Outcome> {
    return this.#database.statements
      .change(context, statement)
      .catch((error: unknown) => findEvidence(this.#database, error, context, look));
  }
}

/** A moved secret is deleted at the manager that it comes from, so what the row holds now must be that secret. */
function assertStored(
  row: Pick<SecretRow, "id" | "name" | "key_id"> & { readonly value?: string | null | undefined },
  { json, envelope, ring }: EncryptedValue,
): void {
  if (row.value === envelope && JSON.stringify(decryptRowValue(row, row.value, ring)) === json) return;
  throw new SecretsError(
    "INTERNAL",
    "The database kept something else than the value that was written. Look for a trigger on the table archestra_secrets, and write the secret again.",
    { reason: "VALUE_CHANGED" },
  );
}
