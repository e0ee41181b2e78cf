import { Option } from "commander";
import { declareCommand } from "../program/declare-command.ts";
import type { RunCommand } from "../program/run-command.ts";
import type { SchemaMigrateOptions } from "../schema/migrate.ts";
import type { GrantsCommandOptions, PrintOptions } from "../schema/print.ts";

const schemaOption = [
  "--schema <schema>",
  "The schema of the tables on PostgreSQL. Default: that of the settings.",
] as const;

export const declareSchema = (run: RunCommand) =>
  declareCommand("schema", {
    summary: "Create and update the tables of the database, or print their SQL.",
    description: ["No command of this group needs an encryption secret."],
    examples: [
      [
        "archestra-secrets schema migrate --env-file migrator.env",
        "Creates the tables as a user who may do that.",
      ],
      ["archestra-secrets schema print --dialect postgres > tables.sql", "Writes the SQL for a review."],
    ],
  })
    .addCommand(declareMigrations(run))
    .addCommand(declarePending(run))
    .addCommand(declarePrint(run))
    .addCommand(declareGrants(run));

const declareMigrations = (run: RunCommand) =>
  declareCommand("migrate", {
    summary: "Run the pending migrations.",
    description: [
      "For a deployment step with a database user who can create tables, while the application's user cannot. Several processes can run it at once.",
    ],
    examples: [
      ["archestra-secrets schema migrate --dry-run", "Lists the pending migrations."],
      ["archestra-secrets schema migrate --env-file migrator.env", "Runs them with the URL of this file."],
    ],
    json: [
      ["dryRun", "whether nothing was changed"],
      ["migrations", "the migrations that were run, or with --dry-run are pending, in their order"],
    ],
  })
    .option("--dry-run", "List the pending migrations, and change nothing.")
    .action(
      run<SchemaMigrateOptions>(async (context, options) => {
        const { runMigrations } = await import("../schema/migrate.ts");
        return runMigrations(context, options);
      }),
    );

const declarePending = (run: RunCommand) =>
  declareCommand("pending", {
    summary: "Print the SQL of the pending migrations.",
    description: [
      "Standard output has nothing but SQL, to be run in one transaction. It is empty if no migration is pending.",
    ],
    examples: [
      ["archestra-secrets schema pending", "Prints the SQL."],
      ["archestra-secrets schema pending | psql --single-transaction mydb", "Runs it with another program."],
    ],
    json: [
      ["migrations", "the pending migrations, in their order"],
      ["sql", "their SQL; empty if none is pending"],
    ],
  }).action(
    run(async (context) => {
      const { printPending } = await import("../schema/print.ts");
      return printPending(context);
    }),
  );

const declarePrint = (run: RunCommand) =>
  declareCommand("print", {
    summary: "Print the SQL of all tables, for an empty database.",
    description: ["Standard output has nothing but SQL. No database is opened."],
    examples: [
      ["archestra-secrets schema print --dialect postgres --schema vault", "Prints the SQL for a schema."],
      [
        "archestra-secrets schema print --dialect sqlite | sqlite3 secrets.db",
        "Creates the tables of a file.",
      ],
    ],
    json: [
      ["dialect", "postgres or sqlite"],
      ["schema", "the schema; absent if it is that of the connection"],
      ["sql", "the SQL"],
    ],
  })
    .addOption(
      new Option("--dialect <dialect>", "The dialect of SQL.")
        .choices(["postgres", "sqlite"])
        .makeOptionMandatory(),
    )
    .option(...schemaOption)
    .action(
      run<PrintOptions>(async (context, options) => {
        const { printTables } = await import("../schema/print.ts");
        return printTables(context, options);
      }),
    );

const declareGrants = (run: RunCommand) =>
  declareCommand("grants", {
    summary: "Print the statements that grant a PostgreSQL role what an application needs.",
    description: [
      "Standard output has nothing but SQL, to be run by the owner of the tables. The role receives no permission to create or change tables.",
    ],
    examples: [
      ["archestra-secrets schema grants --role app", "Prints the grants of the role app."],
      ["archestra-secrets schema grants --role app --schema vault | psql mydb", "Runs them."],
    ],
    json: [
      ["role", "the role"],
      ["schema", "the schema of the tables"],
      ["sql", "the statements"],
    ],
  })
    .requiredOption("--role <role>", "The role that the application connects as.")
    .option(...schemaOption)
    .action(
      run<GrantsCommandOptions>(async (context, options) => {
        const { printGrants } = await import("../schema/print.ts");
        return printGrants(context, options);
      }),
    );
