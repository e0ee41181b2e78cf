import { setTimeout as sleep } from "node:timers/promises";
import { SecretsError } from "@archestra/secrets-core";
import { type Kysely, sql } from "kysely";
import type { SecretsSchema } from "../schema/tables.ts";
import type { Dialect } from "./dialect.ts";
import { changeUntilDeadline, readUntilAborted } from "./give-up.ts";
import {
  classifyPostgresError,
  isRolledBackForAnother,
  isUndefinedTable,
  mayHaveHappened,
} from "./postgres-error.ts";

/** "archestra secrets" in eight bytes or fewer; any number that nobody else locks would do. */
const ADVISORY_LOCK = 0x61_72_63_73;
const LONGEST_PAUSE_MILLISECONDS = 100;
const LONGEST_WAIT_MILLISECONDS = 60_000;

/** PostgreSQL, also behind a pooler in transaction mode: nothing here outlives its transaction. */
export const postgresDialect: Dialect = {
  name: "postgres",
  now: sql<number>`CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)`,
  instant: sql<string>`clock_timestamp()`,
  // As text, or clients parse it, some of them in ways of the application's own.
  jsonArray: (columns) => sql<string>`CAST(json_build_array(${columns}) AS text)`,
  valueBytes: sql<number>`coalesce(octet_length(value), 0)`,
  retry: (waiting, run) => repeat(waiting, () => readUntilAborted(waiting, run)),
  retryChange: (waiting, run) => repeat(waiting, () => changeUntilDeadline(waiting, run)),
  transaction: (db, signal, run) => repeat({ signal }, () => db.transaction().execute(run)),
  inIndexOrder(db, signal, run) {
    return this.transaction(db, signal, async (transaction) => {
      await sql`SET LOCAL enable_sort = off`.execute(transaction);
      return run(transaction);
    });
  },
  async serialized(db, signal, run) {
    const startedAt = performance.now();
    for (;;) {
      const outcome = await db.transaction().execute((transaction) => runAlone(transaction, run));
      if (outcome !== undefined) return outcome.result;
      if (performance.now() - startedAt > LONGEST_WAIT_MILLISECONDS) throw lockedTooLong();
      await pause(signal);
    }
  },
  physicalOrder: {
    async pages(db) {
      const { rows } = await sql<{ pages: string }>`
        SELECT pg_relation_size('archestra_secrets') / current_setting('block_size')::bigint AS pages`.execute(
        db,
      );
      return Number(rows[0]?.pages ?? 0);
    },
    within: (first, end) => sql<boolean>`ctid >= ${`(${first},0)`}::tid AND ctid < ${`(${end},0)`}::tid`,
  },
  async replaceValues(db, rows, keyId, signal) {
    if (rows.length === 0) return new Set();
    // In one order everywhere, or two processes that meet at the same rows would each hold what the other waits for.
    const sorted = rows.toSorted((left, right) => (left.id < right.id ? -1 : 1));
    const [ids, values, envelopes] = [
      sorted.map(({ id }) => id),
      sorted.map(({ value }) => value),
      sorted.map(({ envelope }) => envelope),
    ];
    const update = sql<{ id: string }>`
      UPDATE archestra_secrets SET value = changes.envelope, key_id = ${keyId}
      FROM unnest(${ids}::text[], ${values}::text[], ${envelopes}::text[]) AS changes (id, value, envelope)
      WHERE archestra_secrets.id = changes.id AND archestra_secrets.value = changes.value
      RETURNING archestra_secrets.id`;
    const replaced = await this.transaction(db, signal, async (transaction) => {
      // Row by row by the primary key, whatever the server knows of the table.
      await sql`SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
        set_config('enable_mergejoin', 'off', true)`.execute(transaction);
      return update.execute(transaction);
    });
    return new Set(replaced.rows.map(({ id }) => id));
  },
  // Old versions of rows go with VACUUM, which the server runs by itself; its files are the operator's to protect.
  erasePlaintext: async () => {},
  classify: classifyPostgresError,
  isMissingTable: isUndefinedTable,
  mayHaveHappened,
};

async function repeat<Result>(
  waiting: { readonly signal: AbortSignal },
  run: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!isRolledBackForAnother(error)) throw error;
    }
    await pause(waiting.signal);
  }
}

/**
 * Undefined: another process has the lock. It is asked for and not waited for, since a server may end statements that
 * wait; and it ends with the transaction, since behind a pooler the next statement may go to another session.
 */
async function runAlone<Result>(
  transaction: Kysely<SecretsSchema>,
  run: (transaction: Kysely<SecretsSchema>) => Promise<Result>,
): Promise<{ readonly result: Result } | undefined> {
  const { rows } = await sql<{
    locked: boolean;
  }>`SELECT pg_try_advisory_xact_lock(${sql.lit(ADVISORY_LOCK)}) AS locked`.execute(transaction);
  return rows[0]?.locked ? { result: await run(transaction) } : undefined;
}

async function pause(signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const milliseconds = 1 + Math.random() * LONGEST_PAUSE_MILLISECONDS;
  await sleep(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
}

function lockedTooLong(): SecretsError {
  return new SecretsError(
    "UNAVAILABLE",
    "Another process has been making tables or registering a key in the database for a minute. Find its transaction in pg_stat_activity, end it, and start again.",
    { reason: "DATABASE_LOCKED" },
  );
}
