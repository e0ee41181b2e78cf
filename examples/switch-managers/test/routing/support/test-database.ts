import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "@archestra/secrets-core";
// For its declaration of `postgresUrl`.
import type {} from "@archestra/test-servers/postgres-global-setup";
import { CompiledQuery, Kysely, type LogEvent, PostgresDialect, SqliteDialect } from "kysely";
import pg from "pg";
import { describe, inject } from "vitest";
import { openSqlite } from "../../../../../packages/secrets-db/src/sqlite/connection.ts";

export type DialectName = "SQLite" | "PostgreSQL";

const postgresUrl = inject("postgresUrl");

/** Tests that need PostgreSQL. Without it they are listed as skipped, and the run has said why. */
export const describePostgres = describe.skipIf(postgresUrl === undefined);

/** The same tests for each database. */
export function describeEachDatabase(title: string, define: (dialect: DialectName) => void): void {
  describeDatabases(["SQLite", "PostgreSQL"], title, define);
}

/** The same tests for each of these databases. */
export function describeDatabases(
  dialects: readonly DialectName[],
  title: string,
  define: (dialect: DialectName) => void,
): void {
  for (const dialect of dialects) {
    const suite = dialect === "PostgreSQL" ? describePostgres : describe;
    suite(`${title} (${dialect})`, () => define(dialect));
  }
}

/** A database of one test file or test, and how another program sees it. */
export interface TestDatabase {
  /** The variables of a process that uses it. */
  readonly environment: Environment;
  /** An application's instance, for managers of this process. */
  readonly kysely: Kysely<unknown>;
  /** The statements that went through that instance, and not through `query`. */
  readonly statements: string[];
  /** Runs one statement; parameters are `$1`, `$2`. */
  query<Row>(text: string, ...parameters: (string | number | null)[]): Promise<Row[]>;
  remove(): Promise<void>;
}

export function createDatabase(dialect: DialectName): Promise<TestDatabase> {
  return dialect === "SQLite" ? createSqlite() : createPostgres();
}

async function createSqlite(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "archestra-switch-managers-"));
  const path = join(folder, "secrets.db");
  const notes = noteStatements();
  const kysely = new Kysely<unknown>({
    dialect: new SqliteDialect({ database: openSqlite(path) }),
    log: notes.log,
  });
  return {
    environment: { ARCHESTRA_DATABASE_URL: `sqlite:${encodeURI(path)}` },
    kysely,
    statements: notes.statements,
    query: (text, ...parameters) => notes.unnoted(kysely, text.replaceAll("$", "?"), parameters),
    async remove() {
      await kysely.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function createPostgres(): Promise<TestDatabase> {
  if (postgresUrl === undefined) throw new Error("There is no PostgreSQL server.");
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await onServer(`CREATE DATABASE ${name}`);
  const url = postgresUrl.replace(/\/postgres$/, `/${name}`);
  const pool = new pg.Pool({ connectionString: url });
  // The database goes under connections that are on their way out.
  pool.on("error", () => {});
  const notes = noteStatements();
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }), log: notes.log });
  return {
    environment: { ARCHESTRA_DATABASE_URL: url },
    kysely,
    statements: notes.statements,
    query: (text, ...parameters) => notes.unnoted(kysely, text, parameters),
    async remove() {
      await kysely.destroy();
      await onServer(`DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** Statements of the test itself begin with a comment, which distinguishes them. */
const OWN = "/* test */ ";

function noteStatements() {
  const statements: string[] = [];
  return {
    statements,
    log: ({ query }: LogEvent) => {
      if (!query.sql.startsWith(OWN)) statements.push(query.sql);
    },
    unnoted: async <Row>(kysely: Kysely<unknown>, text: string, parameters: readonly unknown[]) =>
      (await kysely.executeQuery<Row>(CompiledQuery.raw(OWN + text, [...parameters]))).rows,
  };
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
