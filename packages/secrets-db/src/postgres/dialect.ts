import { SecretsError } from "@archestra/secrets-core";
import { CompiledQuery, type RawBuilder, sql } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import { explainFence, fenceProblems, isFenceTrigger } from "../database/move-fences.ts";
import { sqlState } from "../database/sql-state.ts";
import { tableOf } from "../schema/qualified-table.ts";
import { classifyPostgresError, mayHaveHappened, postgresCondition } from "./error.ts";
import { describeOtherRoles, findOtherRoles, otherRolesProblem } from "./other-roles.ts";
import { explainPostgresError } from "./problem.ts";
import { readOnlyProblem } from "./read-only-server.ts";

/** "archestra secrets" in eight bytes or fewer; any number that no other program locks would do. */
const ADVISORY_LOCK = 0x61_72_63_73;

// Each update makes a version of the row with the number of its transaction. A lock on the row makes none.
const revision = sql<string>`CAST(xmin AS text)`;

/** PostgreSQL, also behind a pooler in transaction mode: nothing here outlives its transaction. */
export const postgresDialect: Dialect = {
  name: "postgres",
  runsInProcess: false,
  sql: {
    now: sql<number>`CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)`,
    instant: sql<string>`clock_timestamp()`,
    // As text, or clients parse it, some of them in ways of the application's own.
    jsonArray: (columns) => sql<string>`CAST(json_build_array(${columns}) AS text)`,
    nameIn: (names) => sql<boolean>`name = ANY(${names}::text[])`,
    revision,
    valueBytes: sql<number>`coalesce(octet_length(value), 0)`,
    begin: sql`BEGIN`,
    keepIndexOrder: sql`SET LOCAL enable_sort = off`,
    columns: {
      text: sql`text COLLATE "C"`,
      newId: sql`(gen_random_uuid()::text)`,
      isText: (): RawBuilder<boolean> => sql<boolean>`true`,
      timestamp: sql`to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
    },
  },
  errors: {
    conditionOf: postgresCondition,
    classify: classifyPostgresError,
    explain: (error, location) => explainFence(error, location) ?? explainPostgresError(error, location),
    mayHaveHappened,
    lockedTooLong: () =>
      new SecretsError(
        "UNAVAILABLE",
        "Another process has been making tables or registering a key in the database for a minute. Find its transaction in pg_stat_activity, end it, and start again.",
        { reason: "DATABASE_LOCKED" },
      ),
  },
  // It does not wait, since a server may end statements that wait; and it ends with the transaction, since behind a pooler
  // the next statement may go to another session.
  async takeProcessLock(session) {
    // With a stricter default, the transaction would see the tables as they were before it had the lock.
    await session.execute(sql`SET TRANSACTION ISOLATION LEVEL READ COMMITTED`);
    const row = await session.first(
      sql<{ locked: boolean }>`SELECT pg_try_advisory_xact_lock(${sql.lit(ADVISORY_LOCK)}) AS locked`,
    );
    return row?.locked === true;
  },
  // PostgreSQL refuses a savepoint outside a transaction, and every transaction has a time of its own.
  async currentTransaction(connection) {
    const NO_ACTIVE_TRANSACTION = "25P01";
    try {
      await connection.executeQuery(CompiledQuery.raw("SAVEPOINT archestra_secrets"));
    } catch (error) {
      if (sqlState(error) === NO_ACTIVE_TRANSACTION) return undefined;
      throw error;
    }
    await connection.executeQuery(CompiledQuery.raw("RELEASE SAVEPOINT archestra_secrets"));
    const time = CompiledQuery.raw("SELECT CAST(transaction_timestamp() AS text) AS time");
    const { rows } = await connection.executeQuery<{ time: string }>(time);
    return rows[0]?.time;
  },
  physicalOrder: {
    async pages(session) {
      const { sql: table } = tableOf(session.db, "archestra_secrets").compile(session.db);
      const row = await session.first(sql<{ pages: string }>`
        SELECT pg_relation_size(${table}) / current_setting('block_size')::bigint AS pages`);
      return Number(row?.pages ?? 0);
    },
    within: (first, end) => sql<boolean>`ctid >= ${`(${first},0)`}::tid AND ctid < ${`(${end},0)`}::tid`,
  },
  async replaceValues(statements, rows, keyId, signal) {
    if (rows.length === 0) return new Set();
    // In one order everywhere, or two processes that meet at the same rows could deadlock.
    const sorted = rows.toSorted((left, right) => (left.id < right.id ? -1 : 1));
    const [ids, revisions, envelopes] = [
      sorted.map(({ id }) => id),
      sorted.map(({ revision }) => revision),
      sorted.map(({ envelope }) => envelope),
    ];
    const updateOf = (table: RawBuilder<unknown>) => sql<{ id: string }>`
      UPDATE ${table} AS archestra_secrets SET value = changes.envelope, key_id = ${keyId}
      FROM unnest(${ids}::text[], ${revisions}::text[], ${envelopes}::text[]) AS changes (id, revision, envelope)
      WHERE archestra_secrets.id = changes.id AND ${revision} = changes.revision
      RETURNING archestra_secrets.id`;
    const replaced = await statements.transaction({ signal }, async (session) => {
      // Row by row by the primary key, whatever statistics the server has of the table.
      await session.execute(sql`SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
        set_config('enable_mergejoin', 'off', true)`);
      return session.rows(updateOf(tableOf(session.db, "archestra_secrets")));
    });
    return new Set(replaced.map(({ id }) => id));
  },
  loadFences: async () => (await import("./fence.ts")).postgresFences,
  async problems(session) {
    const { sql: table } = tableOf(session.db, "archestra_secrets").compile(session.db);
    const row = await session.first(sql<{ readOnly: string; isStandby: unknown; triggers: string | null }>`
      SELECT current_setting('transaction_read_only') AS "readOnly", pg_is_in_recovery() AS "isStandby", (
        SELECT string_agg(CAST(tgname AS text), ' ') FROM pg_catalog.pg_trigger
        WHERE tgrelid = to_regclass(${table}) AND ${isFenceTrigger("tgname")}
      ) AS triggers`);
    const problems = [
      ...fenceProblems(row?.triggers?.split(" ") ?? []),
      ...otherRolesProblem(await findOtherRoles(session)),
    ];
    if (row?.readOnly !== "on") return problems;
    return [readOnlyProblem(row.isStandby === true), ...problems];
  },
  // It stays a warning in strict mode: a role for backups, or the credentials of another replica, are roles of their own.
  async startWarning(session) {
    const access = await findOtherRoles(session);
    if (access.length === 0) return undefined;
    const roles = [...new Set(access.map(({ role }) => role))];
    return {
      fields: { code: "ARCHESTRA_SECRETS_OTHER_ROLES", roles },
      message: describeOtherRoles(access),
    };
  },
};
