import { type Kysely, sql } from "kysely";
import { retryWhenBusy } from "./retry-when-busy.ts";

/**
 * Runs statements in one transaction that holds SQLite's write lock from its beginning: one that took it later could
 * find that what it read is stale.
 *
 * @param signal ends the wait for the lock
 */
export async function inWriteTransaction<Schema, Result>(
  db: Kysely<Schema>,
  signal: AbortSignal,
  run: (connection: Kysely<Schema>) => Promise<Result>,
): Promise<Result> {
  return db.connection().execute(async (connection) => {
    await retryWhenBusy({ signal }, () => sql`BEGIN IMMEDIATE`.execute(connection));
    try {
      const result = await run(connection);
      await sql`COMMIT`.execute(connection);
      return result;
    } catch (error) {
      await sql`ROLLBACK`.execute(connection).catch(() => undefined);
      throw error;
    }
  });
}
