import { setImmediate as nextTurn } from "node:timers/promises";
import type { SecretsErrorCode } from "@archestra/secrets-core";
import type { OwnershipStore } from "@archestra/secrets-core/ownership";
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
} from "@archestra/secrets-core/plugin";
import type { CompiledQuery } from "kysely";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session, Statements } from "../database/statements.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { countRowsUnder, hasUnencryptedRow, unknownKeyIds } from "../keys/key-use.ts";
import { openTransaction } from "../opening/transaction-database.ts";
import { decryptSecret } from "../rows/decrypted-row.ts";
import { isOwnSecret, NAMES_AT_A_TIME, rowInfo, type SecretRow } from "../rows/secret-row.ts";
import type { BackgroundSweep } from "../sweep/background-sweep.ts";
import { DatabaseOwnershipStore } from "./database-ownership-store.ts";
import { holdsOwnSecret } from "./owner-counts.ts";
import { rowsInOrder } from "./rows-in-order.ts";
import { SecretChanges } from "./secret-changes.ts";

/** Without a key every entry is served, and none of these values. */
const keyMissing: HealthProblem = Object.freeze({
  code: "INVALID_CONFIGURATION",
  reason: "KEY_MISSING",
  message:
    "The database itself holds secrets, and this process has no key to open them with: calls for them are refused. Set ARCHESTRA_SECRETS_ENCRYPTION_SECRET to the secret that other processes of this database have.",
});

const capabilities: Capabilities = Object.freeze({ versions: true, conditionalWrites: true, list: true });

/** Secrets in a SQL database, each value sealed for its row, and the table of which manager owns which secret. */
export class DatabaseBackend implements SecretsBackend {
  readonly capabilities = capabilities;
  readonly location: string;
  readonly ownership: OwnershipStore;
  readonly #close: () => Promise<void>;
  readonly #database: OpenDatabase;
  readonly #statements: Statements;
  readonly #ring: KeyRing | undefined;
  readonly #changes: SecretChanges;
  /** Compiled once, since building a statement takes longer than running it, and only where nothing is routed. */
  #selectByName: CompiledQuery<SecretRow> | undefined;

  /**
   * @param ring undefined: this process has no key, since it needs the ownership alone
   * @param sweep runs beside the calls, and ends before the database closes
   */
  constructor(database: OpenDatabase, ring: KeyRing | undefined, sweep?: BackgroundSweep) {
    this.#close = async () => {
      await sweep?.stop();
      await database.close();
    };
    this.#database = database;
    this.#statements = database.statements;
    this.location = database.location;
    this.#ring = ring;
    this.ownership = new DatabaseOwnershipStore(database, ring);
    this.#changes = new SecretChanges(database, ring?.current);
  }

  async get(name: string, context: CallContext): Promise<StoredSecret | undefined> {
    this.#selectByName ??= this.#statements.compile<SecretRow>((db) => select(db).where("name", "=", ""));
    const [row] = await this.#statements.query(context, this.#selectByName, [name]);
    return row === undefined ? undefined : this.#open(row, context.exactNumbers);
  }

  async getMany(names: readonly string[], context: CallContext): Promise<Map<string, ReadResult>> {
    const results = new Map<string, ReadResult>();
    for (let start = 0; start < names.length; start += NAMES_AT_A_TIME) {
      if (start > 0) await nextTurn();
      context.signal.throwIfAborted();
      const page = names.slice(start, start + NAMES_AT_A_TIME);
      const rows = await this.#statements.read(context, (session) =>
        session.rows(select(session.db).where("name", "in", page)),
      );
      for (const name of page) results.set(name, { status: "absent" });
      for (const row of rows) results.set(row.name, this.#result(row));
    }
    return results;
  }

  async has(name: string, context: CallContext): Promise<boolean> {
    const row = await this.#statements.read(context, (session) =>
      session.first(
        session.db.selectFrom("archestra_secrets").select(["manager", "state"]).where("name", "=", name),
      ),
    );
    return row !== undefined && isOwnSecret(row);
  }

  write(
    name: string,
    value: SecretValue,
    { expect }: { readonly expect: Expectation },
    context: CallContext,
  ): Promise<StoredInfo> {
    return this.#changes.write(name, value, expect, context);
  }

  delete(
    name: string,
    { expect }: { readonly expect: DeleteExpectation },
    context: CallContext,
  ): Promise<boolean> {
    return this.#changes.delete(name, expect, context);
  }

  async *list(range: ListRange, context: CallContext): AsyncGenerator<StoredInfo> {
    let left = range.limit ?? Number.POSITIVE_INFINITY;
    if (left <= 0) return;
    for await (const row of rowsInOrder(this.#database, range, context)) {
      if (!isOwnSecret(row) || !row.holds_value) continue;
      yield rowInfo(row);
      if (--left <= 0) return;
    }
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
    await this.#close();
  }

  classify(error: unknown): SecretsErrorCode | undefined {
    return this.#statements.classify(error);
  }

  #result(row: SecretRow): ReadResult {
    try {
      const secret = this.#open(row);
      return secret === undefined ? { status: "absent" } : { status: "found", secret };
    } catch (error) {
      return { status: "failed", error };
    }
  }

  #open(row: SecretRow, exactNumbers?: boolean): StoredSecret | undefined {
    return isOwnSecret(row) ? decryptSecret(row, this.#ring, exactNumbers) : undefined;
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
    if (await this.#statements.read(context, hasUnencryptedRow)) {
      const message =
        "There are rows that are not encrypted by this manager. They are not served; the next start encrypts what it can.";
      problems.push({ code: "DECRYPTION_FAILED", reason: "PLAINTEXT_REJECTED", message });
    }
    return problems;
  }
}

function select(db: Session["db"]) {
  return db
    .selectFrom("archestra_secrets")
    .select(["id", "name", "manager", "state", "value", "key_id", "version", "created_at", "updated_at"]);
}
