import { describe } from "vitest";
import { createPostgresDatabase, sqliteDatabase, type TestDatabase } from "../support/each-database.ts";
import { describePostgres } from "../support/postgres-database.ts";

/** A source and a target of one test alone. */
export interface MovePair {
  readonly source: TestDatabase;
  readonly target: TestDatabase;
}

const kinds = { SQLite: async () => sqliteDatabase(), PostgreSQL: createPostgresDatabase };

/** The same tests for every pair of databases. */
export function describeEachPair(title: string, define: (create: () => Promise<MovePair>) => void) {
  for (const [from, createSource] of Object.entries(kinds)) {
    for (const [to, createTarget] of Object.entries(kinds)) {
      const describePair = from === "PostgreSQL" || to === "PostgreSQL" ? describePostgres : describe;
      describePair(`${title} (${from} to ${to})`, () =>
        define(async () => ({ source: await createSource(), target: await createTarget() })),
      );
    }
  }
}

/** How `moveDatabase` and `releaseDatabase` name a database. */
export function placeOf(database: TestDatabase): { url: string } {
  return { url: database.environment().ARCHESTRA_DATABASE_URL ?? "" };
}

/** Every column of every row of both tables, as text, in one order: databases give numbers in different types. */
export async function contentOf(database: TestDatabase): Promise<{ secrets: unknown[]; keys: unknown[] }> {
  const secrets = await database.query<Record<string, unknown>>(
    "SELECT * FROM archestra_secrets ORDER BY id",
  );
  const keys = await database.query<Record<string, unknown>>(
    "SELECT * FROM archestra_secrets_keys ORDER BY key_id",
  );
  return { secrets: secrets.map(asTexts), keys: keys.map(asTexts) };
}

function asTexts(row: Record<string, unknown>): Record<string, string | null> {
  const entries = Object.entries(row).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(
    entries.map(([column, value]) => [column, value === null ? null : String(value)]),
  );
}

/** Fills a database that has our tables with entries of another manager, each fifth in a transition or with a copy. */
export async function fillEntries(database: TestDatabase, count: number): Promise<void> {
  await database.query(`
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
    INSERT INTO archestra_secrets
      (name, manager, state, transition_id, transition_started_at, path, copy_manager, copy_version, copy_path, version)
    SELECT 'entry/' || CAST(i AS text), 'OTHER',
      CASE WHEN i % 5 = 0 THEN 'moving' WHEN i % 5 = 1 THEN 'deleting' WHEN i % 5 = 2 THEN 'creating' ELSE 'active' END,
      CASE WHEN i % 5 < 3 THEN 'operation-' || CAST(i AS text) END,
      CASE WHEN i % 5 < 3 THEN 1700000000000 + i END,
      'secret/data/é漢-' || CAST(i AS text),
      CASE WHEN i % 7 = 0 THEN 'THIRD' END,
      CASE WHEN i % 7 = 0 THEN '12' END,
      CASE WHEN i % 7 = 0 THEN 'old/path' END,
      i
    FROM n`);
}
