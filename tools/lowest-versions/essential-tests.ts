/**
 * What of the suite of secrets-db depends on the version of Node or Kysely, as vitest takes it: the files of SQLite, the
 * application's own Kysely, starts with migrations, sweeps, and processes that are killed. The rest is encryption, and
 * the same calls again on PostgreSQL.
 */
export const essentialTests = [
  "test/conformance/sqlite.test.ts",
  "test/crash/",
  "test/database/",
  "test/postgres/application-database.test.ts",
  "test/rotation/sweep.thorough.ts",
  "test/secrets/busy.test.ts",
  "test/secrets/existence.test.ts",
  "test/secrets/list.test.ts",
  "test/secrets/round-trip.test.ts",
  "test/secrets/versions.test.ts",
  "test/sqlite/",
  "test/startup/",
  "test/transactions/refused.thorough.ts",
] as const;
