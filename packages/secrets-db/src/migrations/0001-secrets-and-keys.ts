import { type Kysely, sql } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import type { Statement } from "../database/statements.ts";
import { tableOf } from "../schema/qualified-table.ts";
import type { SecretsSchema } from "../schema/tables.ts";

/** Secrets, entries of the ownership table, and keys. */
export function secretsAndKeys(db: Kysely<SecretsSchema>, dialect: Dialect): Statement<unknown>[] {
  const { text, newId, isText } = dialect.sql.columns;
  const now = sql`(${dialect.sql.now})`;
  const secrets = db.schema
    .createTable("archestra_secrets")
    .addColumn("id", text, (column) => column.primaryKey().defaultTo(newId).check(isText("id")))
    .addColumn("name", text, (column) => column.notNull().unique().check(isText("name")))
    .addColumn("manager", text, (column) => column.notNull().defaultTo("DB"))
    .addColumn("state", text, (column) =>
      column
        .notNull()
        .defaultTo("active")
        .check(
          sql`state IN ('active', 'creating', 'adopting', 'locked', 'moving', 'refreshing', 'deleting')`,
        ),
    )
    .addColumn("transition_id", text)
    .addColumn("transition_started_at", "bigint")
    .addColumn("path", text)
    .addColumn("copy_manager", text)
    .addColumn("copy_version", text)
    .addColumn("copy_path", text)
    .addColumn("value", text, (column) => column.check(sql`value IS NULL OR (${isText("value")})`))
    .addColumn("key_id", text)
    .addColumn("version", "bigint", (column) => column.notNull().defaultTo(1))
    .addColumn("created_at", "bigint", (column) => column.notNull().defaultTo(now))
    .addColumn("updated_at", "bigint", (column) => column.notNull().defaultTo(now))
    // A row that is edited by hand fails at once, and not later the calls that cannot use it.
    .addCheckConstraint(
      "archestra_secrets_transition_named",
      sql`state = 'active' OR transition_id IS NOT NULL`,
    )
    .addCheckConstraint(
      "archestra_secrets_copy_of_a_manager",
      sql`copy_manager IS NOT NULL OR (copy_version IS NULL AND copy_path IS NULL)`,
    );
  const table = tableOf(db, "archestra_secrets");
  // Partial, since most entries of other managers have no value: a start finds unencrypted rows, and a rotation the rows
  // under an old key, without walking the others; page by page, since the id is in it too.
  const byKey = sql`CREATE INDEX archestra_secrets_key_id ON ${table} (key_id, id) WHERE value IS NOT NULL`;
  // The few rows in a transition, for recovery.
  const inTransition = sql`CREATE INDEX archestra_secrets_transition ON ${table} (name) WHERE transition_id IS NOT NULL`;
  // Entries by owner, counted piece by piece without reading the table.
  const byOwner = sql`CREATE INDEX archestra_secrets_manager ON ${table} (manager, state, id) WHERE manager <> 'DB'`;
  const keys = db.schema
    .createTable("archestra_secrets_keys")
    .addColumn("key_id", text, (column) => column.primaryKey())
    .addColumn("sequence", "bigint", (column) => column.notNull().unique())
    .addColumn("canary", text, (column) => column.notNull())
    .addColumn("registered_at", "bigint", (column) => column.notNull().defaultTo(now))
    .addColumn("sweep_done_at", "bigint")
    .addColumn("retired_at", "bigint");
  return [secrets, byKey, inTransition, byOwner, keys];
}
