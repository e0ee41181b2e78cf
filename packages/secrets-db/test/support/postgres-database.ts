import { randomUUID } from "node:crypto";
// For its declaration of `postgresUrl`.
import type {} from "@archestra/test-servers/postgres-global-setup";
import pg from "pg";
import { describe, inject, onTestFinished } from "vitest";

const serverUrl = inject("postgresUrl");

/** Tests that need PostgreSQL. Where it cannot run, they are listed as skipped, and the run has said why. */
export const describePostgres = describe.skipIf(serverUrl === undefined);

/** A database of this test alone. */
export interface PostgresDatabase {
  readonly url: string;
  /** Runs one statement on a connection of its own. */
  query<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** @param searchPath where statements of the test find their tables. Absent: as the server has it */
export async function postgresDatabase(searchPath?: string): Promise<PostgresDatabase> {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await query(serverUrl ?? "", `CREATE DATABASE ${name}`);
  onTestFinished(() => void query(serverUrl ?? "", `DROP DATABASE ${name} WITH (FORCE)`).catch(() => {}));
  const url = (serverUrl ?? "").replace(/\/postgres$/, `/${name}`);
  const ownUrl = searchPath === undefined ? url : `${url}?options=-csearch_path%3D${searchPath}`;
  return { url, query: (sql, parameters) => query(ownUrl, sql, parameters) };
}

async function query<Row>(url: string, sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  // The database may be dropped under a connection that is on its way out.
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(sql, [...parameters])).rows as Row[];
  } finally {
    await client.end();
  }
}
