import pg from "pg";
import { value } from "../database-fixture.ts";

/** The name of the so-and-so-manieth row. */
export const nameOf = (row: number) => `team-${row % 10}/credential_${row}`;

/** Runs one statement on a connection of its own. */
export async function query<Row>(
  url: string,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, [...parameters])).rows as Row[];
  } finally {
    await client.end();
  }
}

/** Makes a database on the server. */
export async function createDatabase(serverUrl: string, name: string): Promise<string> {
  await query(serverUrl, `CREATE DATABASE ${name}`);
  return serverUrl.replace(/\/postgres$/, `/${name}`);
}

/** Brings so many rows of plaintext, as an application would. Each is about 430 bytes, as an OAuth token set is. */
export async function importRows(url: string, rows: number): Promise<void> {
  await query(
    url,
    `INSERT INTO archestra_secrets (name, value)
     SELECT 'team-' || (n % 10) || '/credential_' || n, $1 FROM generate_series(1, $2::integer) AS n`,
    [JSON.stringify(value), rows],
  );
}
