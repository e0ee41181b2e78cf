import { randomUUID } from "node:crypto";
import { SecretsError, type SecretsErrorCode } from "@archestra/secrets-core";
import { secretCopied, secretInTransition, secretOfOtherManager } from "@archestra/secrets-core/ownership";
import {
  type CallContext,
  type Capabilities,
  type DeleteExpectation,
  type Expectation,
  type Health,
  type HealthProblem,
  isSecretName,
  type ListRange,
  printableText,
  type ReadResult,
  type SecretsBackend,
  type SecretValue,
  type StoredInfo,
  type StoredSecret,
  secretChanged,
  secretExists,
  secretNotFound,
} from "@archestra/secrets-core/plugin";
import { type Compilable, sql } from "kysely";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session, Statements } from "../database/statements.ts";
import { missingKey } from "../encryption/decryption-failure.ts";
import { encryptValue } from "../encryption/envelope.ts";
import { secretPlace } from "../encryption/envelope-place.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { countRowsUnder, hasRowUnder, unknownKeyIds } from "../keys/key-use.ts";
import { openTransaction } from "../opening/transaction-database.ts";
import {
  infoColumns,
  isOwnSecret,
  MANAGER_ID,
  parseVersion,
  rowInfo,
  type SecretInfoRow,
  type SecretRow,
} from "../rows/secret-row.ts";
import type { BackgroundSweep } from "../sweep/background-sweep.ts";
import { DatabaseOwnershipStore } from "./database-ownership-store.ts";
import { listRows } from "./list-rows.ts";
import { holdsOwnSecret } from "./owner-counts.ts";
import { changeOrReadBack } from "./read-back.ts";

/** Without a key, every entry is served and no value of this manager. */
const keyMissing: HealthProblem = Object.freeze({
  code: "INVALID_CONFIGURATION",
  reason: "KEY_MISSING",
  message:
    "The database itself holds secrets, and this process has no key to decrypt them: calls for them are refused. Set ARCHESTRA_SECRETS_ENCRYPTION_SECRET to the secret that other processes of this database have.",
});

const capabilities: Capabilities = Object.freeze({ versions: true, conditionalWrites: true, list: true });

/**
 * Secrets in a SQL database, each value encrypted for its row, and the ownership table. Every change is one statement that
 * names the state which it expects, so it happens as a whole or not at all, and never twice.
 */
export class DatabaseBackend implements SecretsBackend {
  readonly capabilities = capabilities;
  readonly location: string;
  readonly ownership: DatabaseOwnershipStore;
  readonly #database: OpenDatabase;
  readonly #statements: Statements;
  readonly #ring: KeyRing | undefined;
  readonly #sweep: BackgroundSweep | undefined;

  /**
   * @param ring undefined: this process has no key, since it needs the ownership table alone
   * @param sweep runs beside the calls, and ends before the database closes
   */
  constructor(database: OpenDatabase, ring: KeyRing | undefined, sweep?: BackgroundSweep) {
    this.location = database.location;
    this.ownership = new DatabaseOwnershipStore(database, ring);
    this.#database = database;
    this.#statements = database.statements;
    this.#ring = ring;
    this.#sweep = sweep;
  }

  async get(name: string, context: CallContext): Promise<StoredSecret | undefined> {
    return (await this.ownership.read(name, context))?.secret;
  }

  async getMany(names: readonly string[], context: CallContext): Promise<Map<string, ReadResult>> {
    const results = new Map<string, ReadResult>();
    for (const [name, result] of await this.ownership.readMany(names, context)) {
      const secret = result.status === "found" ? result.entry.secret : undefined;
      if (result.status === "failed") results.set(name, result);
      else results.set(name, secret === undefined ? { status: "absent" } : { status: "found", secret });
    }
    return results;
  }

  async has(name: string, context: CallContext): Promise<boolean> {
    const row = await this.#findCurrent(name, context);
    return row !== undefined && isOwnSecret(row);
  }

  async write(
    name: string,
    value: SecretValue,
    { expect }: { readonly expect: Expectation },
    context: CallContext,
  ): Promise<StoredInfo> {
    const json = JSON.stringify(value);
    const version = typeof expect === "object" ? parseVersion(expect.version) : undefined;
    if (version !== undefined) {
      const replaced = await this.#replace(name, json, version.id, version.counter, context);
      if (replaced !== undefined) return replaced;
    }
    for (let isFirst = true; ; isFirst = false) {
      const row = isFirst && expect === "absent" ? undefined : await this.#findCurrent(name, context);
      if (row === undefined) {
        if (expect === "present" || typeof expect === "object") throw secretNotFound();
        const created = await this.#insert(name, json, context);
        if (created !== undefined) return created;
      } else {
        assertChangeable(row);
        if (expect === "absent") throw secretExists();
        if (typeof expect === "object") throw secretChanged();
        const replaced = await this.#replace(name, json, row.id, Number(row.version), context);
        if (replaced !== undefined) return replaced;
      }
      // Another call created, changed or deleted it between the two statements.
      context.signal.throwIfAborted();
    }
  }

  async delete(
    name: string,
    { expect }: { readonly expect: DeleteExpectation },
    context: CallContext,
  ): Promise<boolean> {
    const version = typeof expect === "object" ? parseVersion(expect.version) : undefined;
    if (typeof expect === "string" || version !== undefined) {
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
      const deleted = await this.#statements.change(context, remove).catch((error: unknown) => {
        if (!this.#statements.mayHaveHappened(error)) throw error;
        throw new SecretsError(
          "OUTCOME_UNKNOWN",
          "The database did not confirm the deletion that was sent to it. Ask with `has` before you repeat it.",
          { cause: error },
        );
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

  list(range: ListRange, context: CallContext): AsyncGenerator<StoredInfo> {
    return listRows(this.#database, range, context, (row) =>
      isOwnSecret(row) && row.holds_value ? rowInfo(row) : undefined,
    );
  }

  async check({ count }: { readonly count: boolean }, context: CallContext): Promise<Health> {
    const problems = await this.#problems(count, context);
    const status = problems.length === 0 ? "healthy" : "degraded";
    if (!count) return { status, problems };
    let listed = 0;
    let unlisted = 0;
    for await (const { name } of this.list({ prefix: "" }, context)) {
      if (isSecretName(name)) listed++;
      else unlisted++;
    }
    return { status, problems, count: listed, unlistedCount: unlisted };
  }

  inTransaction(transaction: object): SecretsBackend {
    const ring = this.#ring;
    return new DatabaseBackend(openTransaction(this.#database, transaction, ring?.current.id), ring);
  }

  async close(): Promise<void> {
    await this.#sweep?.stop();
    await this.#database.close();
  }

  classify(error: unknown): SecretsErrorCode | undefined {
    return this.#statements.classify(error);
  }

  /** Undefined: there is a row of this name. The id is made here, because the envelope is bound to it. */
  #insert(name: string, json: string, context: CallContext): Promise<StoredInfo | undefined> {
    const id = randomUUID();
    return this.#store(name, id, json, context, (db, columns) =>
      db
        .insertInto("archestra_secrets")
        .values({ id, name, ...columns })
        .onConflict((conflict) => conflict.column("name").doNothing())
        .returning(infoColumns),
    );
  }

  /** Undefined: the row does not exist any more, or not in this version. */
  #replace(
    name: string,
    json: string,
    id: string,
    counter: number,
    context: CallContext,
  ): Promise<StoredInfo | undefined> {
    return this.#store(name, id, json, context, (db, columns) =>
      db
        .updateTable("archestra_secrets")
        .set({ ...columns, version: sql`version + 1`, updated_at: this.#database.dialect.sql.now })
        .where("id", "=", id)
        .where("name", "=", name)
        .where("manager", "=", MANAGER_ID)
        .where("state", "=", "active")
        .where("version", "=", counter)
        .returning(infoColumns),
    );
  }

  /** Encrypts a value for its row, and runs the statement that stores it. */
  async #store(
    name: string,
    id: string,
    json: string,
    context: CallContext,
    build: (
      db: Session["db"],
      columns: { readonly value: string; readonly key_id: string },
    ) => Compilable<SecretInfoRow>,
  ): Promise<StoredInfo | undefined> {
    if (this.#ring === undefined) throw missingKey();
    const key = this.#ring.current;
    const value = encryptValue(json, key, secretPlace(id, name));
    const row = await changeOrReadBack(
      this.#database,
      context,
      (session) => session.first(build(session.db, { value, key_id: key.id })),
      async (session) => {
        const found = await session.first(
          session.db
            .selectFrom("archestra_secrets")
            .select([...infoColumns, "value"])
            .where("name", "=", name),
        );
        // The envelope has a random salt, so no other call can have written it.
        return found?.id === id && found.value === value ? { outcome: found } : "open";
      },
    );
    return row === undefined ? undefined : rowInfo(row);
  }

  #findCurrent(name: string, context: CallContext): Promise<CurrentRow | undefined> {
    return this.#statements.read(context, (session) =>
      session.first(
        session.db
          .selectFrom("archestra_secrets")
          .select(["id", "version", "manager", "state", "copy_manager"])
          .where("name", "=", name),
      ),
    );
  }

  async #problems(count: boolean, context: CallContext): Promise<HealthProblem[]> {
    const { dialect } = this.#database;
    const problems = await this.#statements.read(context, (session) => dialect.problems(session));
    const ring = this.#ring;
    if (ring === undefined) {
      if (await this.#statements.read(context, holdsOwnSecret)) problems.push(keyMissing);
      return problems;
    }
    const unknown = await this.#statements.read(context, (session) => unknownKeyIds(session, ring));
    for (const keyId of unknown) {
      const rows = count
        ? `${await countRowsUnder(this.#database, keyId, context)} secrets are`
        : "There are secrets";
      const message = `${rows} encrypted under the key ${printableText(keyId)}, which this process does not have. Add its secret to ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS.`;
      problems.push({ code: "DECRYPTION_FAILED", reason: "UNDECRYPTABLE", message });
    }
    if (await this.#statements.read(context, (session) => hasRowUnder(session, null))) {
      const message =
        "There are rows that are not encrypted by this manager. They are not served. The next start encrypts those that it can.";
      problems.push({ code: "DECRYPTION_FAILED", reason: "PLAINTEXT_REJECTED", message });
    }
    return problems;
  }
}

type CurrentRow = Pick<SecretRow, "id" | "version" | "manager" | "state"> & {
  readonly copy_manager: string | null;
};

function assertChangeable({ manager, state }: CurrentRow): void {
  if (manager !== MANAGER_ID) throw secretOfOtherManager(manager);
  if (state !== "active") throw secretInTransition(state);
}
