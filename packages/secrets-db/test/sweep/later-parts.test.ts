import fc from "fast-check";
import { Kysely, SqliteDialect } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import type { OpenDatabase } from "../../src/database/open-database.ts";
import { Statements } from "../../src/database/statements.ts";
import { withinWindow } from "../../src/rows/row-windows.ts";
import type { SecretsSchema } from "../../src/schema/tables.ts";
import { openSqlite } from "../../src/sqlite/connection.ts";
import { sqliteDialect } from "../../src/sqlite/dialect.ts";
import { laterParts } from "../../src/sweep/sweep-parts.ts";
import { makeDatabase } from "../support/open-manager.ts";
import { scratchFile } from "../support/scratch-folder.ts";

const { signal } = new AbortController();

/** A database that says that its table is large, so that it is cut finely. */
async function databaseOfPages(
  pages: number,
): Promise<{ readonly database: OpenDatabase; readonly db: Kysely<SecretsSchema> }> {
  const file = scratchFile();
  await makeDatabase(file);
  const db = new Kysely<SecretsSchema>({ dialect: new SqliteDialect({ database: openSqlite(file) }) });
  onTestFinished(() => db.destroy());
  const physicalOrder = { pages: async () => pages, within: () => expect.unreachable() };
  const dialect = { ...sqliteDialect, physicalOrder };
  const statements = new Statements(db, dialect);
  return { database: { statements, dialect, location: file, close: async () => {} }, db };
}

test.each([0, 1_000, 20_000, 1_000_000])(
  "the parts of a table of %i pages contain each row once, whatever its id",
  async (pages) => {
    const { database, db } = await databaseOfPages(pages);
    const id = fc.oneof(
      fc.uuid(),
      fc.string({ minLength: 1, maxLength: 4 }).filter((text) => !text.includes("\0")),
      fc.constantFrom("0", "f", "ff", "fff", "g", "1", "10", "0f", "A", "\u{1F600}"),
    );
    const ids = fc.uniqueArray(id, { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(ids, async (expected) => {
        await db.deleteFrom("archestra_secrets").execute();
        const rows = expected.map((some) => ({ id: some, name: some, value: "{}", key_id: null }));
        await db.insertInto("archestra_secrets").values(rows).execute();
        const seen: string[] = [];
        for await (const part of laterParts(database, null, signal)) {
          if (!("window" in part)) throw new Error("A later pass goes by the index.");
          const found = await withinWindow(db, null, part.window).select("id").execute();
          seen.push(...found.map((row) => row.id));
        }
        expect(seen.toSorted()).toEqual(expected.toSorted());
      }),
      { numRuns: pages > 100_000 ? 5 : 30 },
    );
  },
);
