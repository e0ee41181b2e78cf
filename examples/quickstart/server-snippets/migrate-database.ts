// #region migrate
import { grants, migrateDatabase, pendingMigrations, printMigrations } from "@archestra/secrets-db";

// As a deployment step. It can run in several processes at once.
const { executed } = await migrateDatabase({ url: process.env.MIGRATION_DATABASE_URL, schema: "vault" });

// Or print the SQL for another tool: of what a database lacks, or of everything, without a connection.
const { names, sql } = await pendingMigrations({ url: process.env.MIGRATION_DATABASE_URL, schema: "vault" });
const everything = await printMigrations("postgres", { schema: "vault" });

// Then let the application's role use the tables.
const statements = grants({ role: "app", schema: "vault" });
// #endregion
console.log(JSON.stringify({ executed, names, sql, everything, statements }));
