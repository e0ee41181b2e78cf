import { randomUUID } from "node:crypto";
import { SecretsError } from "@archestra/secrets-core";
import { secretCopied, secretInTransition, secretOfOtherManager } from "@archestra/secrets-core/ownership";
import {
  type CallContext,
  type DeleteExpectation,
  type Expectation,
  type SecretValue,
  type SecretVersion,
  type StoredInfo,
  secretChanged,
  secretExists,
  secretNotFound,
} from "@archestra/secrets-core/plugin";
import { sql } from "kysely";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/statements.ts";
import { missingKey } from "../encryption/decryption-failure.ts";
import type { EncryptionKey } from "../encryption/encryption-key.ts";
import { encryptValue } from "../encryption/envelope.ts";
import { secretPlace } from "../encryption/envelope-place.ts";
import { MANAGER_ID, parseVersion, rowInfo, type VersionParts } from "../rows/secret-row.ts";
import { readBack } from "./read-back.ts";

/**
 * Writes and deletes secrets. Every change is one statement that names the state which it expects, so it happens whole or
 * not at all, and never twice.
 */
export class SecretChanges {
  readonly #database: OpenDatabase;
  readonly #key: EncryptionKey | undefined;

  /** @param key seals what is written. Undefined: this process has none, and writes nothing */
  constructor(database: OpenDatabase, key: EncryptionKey | undefined) {
    this.#database = database;
    this.#key = key;
  }

  async write(
    name: string,
    value: SecretValue,
    expect: Expectation,
    context: CallContext,
  ): Promise<StoredInfo> {
    const json = JSON.stringify(value);
    if (typeof expect === "object") return this.#replaceVersion(name, json, expect.version, context);
    let row = expect === "absent" ? undefined : await this.#findCurrent(name, context);
    for (;;) {
      if (row === undefined) {
        if (expect === "present") throw secretNotFound();
        const created = await this.#insert(name, json, context);
        if (created !== undefined) return created;
      } else {
        assertChangeable(row);
        if (expect === "absent") throw secretExists();
        const replaced = await this.#replace(
          name,
          json,
          { id: row.id, counter: Number(row.version) },
          context,
        );
        if (replaced !== undefined) return replaced;
      }
      // Somebody else created, changed or deleted it between the two statements: look again.
      context.signal.throwIfAborted();
      row = await this.#findCurrent(name, context);
    }
  }

  async delete(name: string, expect: DeleteExpectation, context: CallContext): Promise<boolean> {
    const version = typeof expect === "object" ? parseVersion(expect.version) : undefined;
    if (typeof expect === "string" || version !== undefined) {
      const { statements } = this.#database;
      const remove = (session: Session) =>
        session.affected(
          session.db
            .deleteFrom("archestra_secrets")
            .where("name", "=", name)
            .where("manager", "=", MANAGER_ID)
            .where("state", "=", "active")
            .where(({ eb, or }) => or([eb("copy_manager", "is", null), eb("copy_manager", "=", MANAGER_ID)]))
            .$if(version !== undefined, (query) =>
              query.where("id", "=", version?.id ?? "").where("version", "=", version?.counter ?? 0),
            ),
        );
      const deleted = await statements.change(context, remove).catch((error: unknown) => {
        throw statements.mayHaveHappened(error) ? lostDeletion(error) : error;
      });
      if (deleted > 0) return true;
    }
    const row = await this.#findCurrent(name, context);
    if (row === undefined || row.manager !== MANAGER_ID) return false;
    assertChangeable(row);
    const holder = row.copy_manager;
    if (holder !== null && holder !== MANAGER_ID) throw secretCopied(holder);
    // Without a version, it was created after the statement ran: at that time there was none.
    if (expect === "any") return false;
    throw secretChanged();
  }

  async #replaceVersion(
    name: string,
    json: string,
    expected: SecretVersion,
    context: CallContext,
  ): Promise<StoredInfo> {
    const version = parseVersion(expected);
    const replaced = version === undefined ? undefined : await this.#replace(name, json, version, context);
    if (replaced !== undefined) return replaced;
    const row = await this.#findCurrent(name, context);
    if (row === undefined) throw secretNotFound();
    assertChangeable(row);
    throw secretChanged();
  }

  /** Undefined: there is a row of this name. The id is made here, because the envelope is bound to it. */
  async #insert(name: string, json: string, context: CallContext): Promise<StoredInfo | undefined> {
    const id = randomUUID();
    const key = this.#encryptionKey();
    const value = encryptValue(json, key, secretPlace(id, name));
    const insert = (session: Session) =>
      session.first(
        session.db
          .insertInto("archestra_secrets")
          .values({ id, name, value, key_id: key.id })
          .onConflict((conflict) => conflict.column("name").doNothing())
          .returning(["id", "name", "version", "created_at", "updated_at"]),
      );
    const row = await this.#database.statements
      .change(context, insert)
      .catch((error: unknown) => readBack(this.#database, { name, id, value }, error, context));
    return row === undefined ? undefined : rowInfo(row);
  }

  /** Undefined: the row is not there any more, or not in this version. */
  async #replace(
    name: string,
    json: string,
    { id, counter }: VersionParts,
    context: CallContext,
  ): Promise<StoredInfo | undefined> {
    const key = this.#encryptionKey();
    const value = encryptValue(json, key, secretPlace(id, name));
    const replace = (session: Session) =>
      session.first(
        session.db
          .updateTable("archestra_secrets")
          .set({
            value,
            key_id: key.id,
            version: sql`version + 1`,
            updated_at: this.#database.dialect.sql.now,
          })
          .where("id", "=", id)
          .where("name", "=", name)
          .where("manager", "=", MANAGER_ID)
          .where("state", "=", "active")
          .where("version", "=", counter)
          .returning(["id", "name", "version", "created_at", "updated_at"]),
      );
    const row = await this.#database.statements
      .change(context, replace)
      .catch((error: unknown) => readBack(this.#database, { name, id, value }, error, context));
    return row === undefined ? undefined : rowInfo(row);
  }

  #encryptionKey(): EncryptionKey {
    if (this.#key === undefined) throw missingKey();
    return this.#key;
  }

  #findCurrent(name: string, context: CallContext): Promise<CurrentRow | undefined> {
    return this.#database.statements.read(context, (session) =>
      session.first(
        session.db
          .selectFrom("archestra_secrets")
          .select(["id", "version", "manager", "state", "copy_manager"])
          .where("name", "=", name),
      ),
    );
  }
}

interface CurrentRow {
  readonly id: string;
  readonly version: number;
  readonly manager: string;
  readonly state: string;
  readonly copy_manager: string | null;
}

function assertChangeable({ manager, state }: CurrentRow): void {
  if (manager !== MANAGER_ID) throw secretOfOtherManager(manager);
  if (state !== "active") throw secretInTransition(state);
}

function lostDeletion(cause: unknown): SecretsError {
  return new SecretsError(
    "OUTCOME_UNKNOWN",
    "The database did not confirm the deletion that was sent to it. Ask with `has` before you repeat it.",
    { cause },
  );
}
