import { DatabaseSync } from "node:sqlite";
import { Kysely, SqliteDialect } from "kysely";

const [path, name] = process.argv.slice(2);
const database = new DatabaseSync(path);
const statement = (prepared) => ({
  reader: prepared.columns().length > 0,
  all: (parameters) => prepared.all(...parameters),
  run: (parameters) => prepared.run(...parameters),
  iterate: (parameters) => prepared.iterate(...parameters),
});
const adapter = { prepare: (sql) => statement(database.prepare(sql)), close: () => database.close() };
const db = new Kysely({ dialect: new SqliteDialect({ database: adapter }) });
const row = await db
  .selectFrom("archestra_secrets")
  .selectAll()
  .where("name", "=", name)
  .executeTakeFirstOrThrow();
if (row.value === null) throw new Error("The row holds no value.");
await db.destroy();
