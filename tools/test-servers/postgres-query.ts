import pg from "pg";

/**
 * Runs statements one after another on one connection, for a package that has no client of its own.
 *
 * @returns the rows of the last one
 */
export async function queryPostgres(
  url: string,
  ...statements: readonly string[]
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
}
