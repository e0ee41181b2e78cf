import { isSecretsError, SecretsError } from "@archestra/secrets-core";
import { type DatabaseConnection, sql, type Transaction } from "kysely";
import { ApplicationTransaction } from "../database/application-transaction.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import { Session, Statements } from "../database/statements.ts";
import type { SecretsSchema } from "../schema/tables.ts";
import { dialectOf } from "./dialects.ts";

const savepoint = sql`SAVEPOINT archestra_secrets`;
const rollbackToSavepoint = sql`ROLLBACK TO SAVEPOINT archestra_secrets`;
const releaseSavepoint = sql`RELEASE SAVEPOINT archestra_secrets`;

/**
 * The same database, with statements that run in a transaction of the application.
 *
 * @param transaction what the application passed
 * @param keyId a key that is registered in the database. Undefined: this process has none
 * @throws TypeError when it is not a transaction of Kysely
 * @throws SecretsError INVALID_ARGUMENT, reason OTHER_DATABASE, when it is of another dialect
 */
export function openTransaction(
  database: OpenDatabase,
  transaction: object,
  keyId: string | undefined,
): OpenDatabase {
  if (!isTransaction(transaction)) {
    throw new TypeError(
      "inTransaction takes a `Transaction` of Kysely: what `kysely.transaction().execute` passes to its callback. A Kysely instance is not one.",
    );
  }
  const { adapter } = transaction.getExecutor();
  if (dialectOf(adapter)?.name !== database.dialect.name) throw otherDatabase();
  // Each Kysely instance has one adapter, which its transactions share.
  const isOfInstance = adapter === database.adapter;
  const verifyOnce = (db: Transaction<SecretsSchema>, connection: DatabaseConnection) =>
    verify(db, connection, keyId);
  const trx = new ApplicationTransaction(transaction, database, isOfInstance ? undefined : verifyOnce);
  return {
    dialect: database.dialect,
    statements: new Statements(trx.db, database.dialect, database.location, trx),
    location: database.location,
    close: async () => {},
  };
}

function isTransaction(object: object): object is Transaction<SecretsSchema> {
  const { isTransaction, getExecutor, withoutPlugins } = object as Partial<Transaction<SecretsSchema>>;
  return isTransaction === true && typeof getExecutor === "function" && typeof withoutPlugins === "function";
}

/** Searches for the key of this process. A table that is missing must not end the application's transaction. */
async function verify(
  db: Transaction<SecretsSchema>,
  connection: DatabaseConnection,
  keyId: string | undefined,
): Promise<void> {
  const session = new Session(db, connection, () => {});
  await session.execute(savepoint);
  try {
    const key = await session.first(
      session.db
        .selectFrom("archestra_secrets_keys")
        .select("key_id")
        .$if(keyId !== undefined, (query) => query.where("key_id", "=", keyId ?? ""))
        .limit(1),
    );
    if (key === undefined && keyId !== undefined) throw otherDatabase();
  } catch (error) {
    await session.execute(rollbackToSavepoint);
    throw isSecretsError(error) ? error : otherDatabase(error);
  } finally {
    await session.execute(releaseSavepoint);
  }
}

function otherDatabase(cause?: unknown): SecretsError {
  return new SecretsError(
    "INVALID_ARGUMENT",
    "The transaction is of another database than the secrets: the tables of this manager, with its key, are not in it. Nothing was changed. Pass a transaction of the database that dbPlugin uses.",
    { reason: "OTHER_DATABASE", cause },
  );
}
