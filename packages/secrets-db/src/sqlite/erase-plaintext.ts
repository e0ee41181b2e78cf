import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@archestra/secrets-core";
import { sql } from "kysely";
import type { Session, Statements } from "../database/statements.ts";

const LOG_TRUNCATIONS = 20;
const LOG_TRUNCATION_PAUSE_MILLISECONDS = 50;

/**
 * Erases what is left of plaintext after a sweep has overwritten it. `secure_delete` zeroes what is deleted, but not the
 * copies that stay in the gaps of pages when SQLite moves rows between them; and the write-ahead log keeps old pages.
 */
export async function erasePlaintext(
  statements: Statements,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  // In a file with tables of the application, the application has to do it: VACUUM gives rows new numbers, and the table from
  // which secrets were imported may be there, too.
  if (await statements.read({ signal }, holdsOnlyOurTables)) {
    await statements.change({ signal }, (session) => session.execute(sql`VACUUM`));
  }
  for (let attempt = 0; attempt < LOG_TRUNCATIONS; attempt++) {
    if (await statements.read({ signal }, truncateLog)) return;
    await sleep(LOG_TRUNCATION_PAUSE_MILLISECONDS, undefined, { signal });
  }
  logger.warn(
    { code: "ARCHESTRA_SECRETS_LOG_NOT_EMPTIED" },
    "Other processes kept SQLite's write-ahead log in use, so it may still contain plaintext that is encrypted by now. The log is deleted when the last process closes the database.",
  );
}

async function holdsOnlyOurTables(session: Session): Promise<boolean> {
  const hasOthers = await session.exists(sql`
    SELECT 1 FROM sqlite_schema
    WHERE type = 'table' AND name NOT LIKE 'archestra_secrets%' AND name NOT LIKE 'sqlite_%' LIMIT 1`);
  return !hasOthers;
}

/**
 * Empties the write-ahead log into the database file, so that no older content of a page is left in it.
 *
 * @returns whether it is empty: readers in other processes can keep it from being so
 */
async function truncateLog(session: Session): Promise<boolean> {
  const rows = await session.rows(sql<{ busy: number }>`PRAGMA wal_checkpoint(TRUNCATE)`);
  return rows.every(({ busy }) => busy === 0);
}
