/*
 * A process that runs one change in a transaction of the application and then waits, to be killed before it commits.
 */
import { writeSync } from "node:fs";
import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "../../src/index.ts";
import { postgresKysely, sqliteKysely } from "../support/application-kysely.ts";
import { changes } from "./calls.ts";

const [database = "", call = "", version] = process.argv.slice(2);
const change = changes.find((one) => one.call === call);
if (change === undefined) throw new Error(`There is no change ${call}.`);
const kysely = database.startsWith("postgres") ? postgresKysely(database, 1) : sqliteKysely(database);
const secrets = await createSecretsManager({ plugins: [dbPlugin({ kysely })] });
await kysely.transaction().execute(async (transaction) => {
  await transaction.insertInto("connections").values({ id: "1" }).execute();
  await change.run(secrets.inTransaction(transaction), version);
  writeSync(1, "changed\n");
  await new Promise(() => setInterval(() => {}, 60_000));
});
