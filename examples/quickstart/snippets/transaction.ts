import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { Kysely, type SqliteDatabase, SqliteDialect } from "kysely";

interface Tables {
  connections: { id: string; host: string };
}

const kysely = new Kysely<Tables>({
  dialect: new SqliteDialect({ database: adapt(new DatabaseSync(":memory:")) }),
});
await kysely.schema.createTable("connections").addColumn("id", "text").addColumn("host", "text").execute();

// #region transaction
const secrets = await createSecretsManager({ plugins: [dbPlugin({ kysely })] });

await kysely.transaction().execute(async (transaction) => {
  await transaction.insertInto("connections").values({ id: "1", host: "db.example.com" }).execute();
  await secrets.inTransaction(transaction).create("connections/1", { password: "only-for-this-example" });
}); // Both are committed, or neither is.
// #endregion
console.log(await secrets.has("connections/1"));
await secrets.close();
await kysely.destroy();

/** The part of a SQLite database that Kysely needs. */
function adapt(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare(text) {
      const statement = database.prepare(text);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
        run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
        iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
      };
    },
  };
}
