import { type Kysely, type RawBuilder, sql, TableNode } from "kysely";
import type { SecretsSchema } from "./tables.ts";

const schemas = new WeakMap<object, string | undefined>();

/**
 * A table as a raw statement names it: in the schema of the Kysely instance. Kysely adds it to the statements of its builders,
 * and to no raw one.
 *
 * @param name without a schema: of a table, or of a function beside it
 */
export function tableOf(db: Kysely<SecretsSchema>, name: string): RawBuilder<unknown> {
  const schema = schemaOf(db);
  return schema === undefined ? sql.id(name) : sql.id(schema, name);
}

/** The schema that `withSchema` gave to an instance. Undefined: none, so the connection's `search_path` decides. */
export function schemaOf(db: Kysely<SecretsSchema>): string | undefined {
  if (!schemas.has(db)) schemas.set(db, findSchema(db));
  return schemas.get(db);
}

/** The plugin that adds the schema keeps it to itself, so a statement is built to see it. */
function findSchema(db: Kysely<SecretsSchema>): string | undefined {
  const { query } = db.selectFrom("archestra_secrets").select("id").compile();
  const [table] = "from" in query ? (query.from?.froms ?? []) : [];
  return table !== undefined && TableNode.is(table) ? table.table.schema?.name : undefined;
}
