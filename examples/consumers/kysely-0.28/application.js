import { DatabaseSync } from "node:sqlite";
import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { Kysely, SqliteDialect } from "kysely";

/** The part of a database that Kysely's dialect needs, on `node:sqlite`. */
const database = new DatabaseSync("application.db");
const adapted = {
  close: () => database.close(),
  prepare: (sql) => {
    const statement = database.prepare(sql);
    return {
      reader: statement.columns().length > 0,
      all: (parameters) => statement.all(...parameters),
      run: (parameters) => statement.run(...parameters),
      iterate: (parameters) => statement.iterate(...parameters),
    };
  },
};

const kysely = new Kysely({ dialect: new SqliteDialect({ database: adapted }) });
const secrets = await createSecretsManager({ plugins: [dbPlugin({ kysely })] });
await secrets.set("github_token", { token: "ghp_not_a_real_token" });
const secret = await secrets.get("github_token");
console.log(secret?.value.token);
await secrets.close();
await kysely.destroy();
