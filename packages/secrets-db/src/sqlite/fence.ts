import { type RawBuilder, sql } from "kysely";
import type { FenceStatements } from "../database/dialect.ts";
import { moveFences } from "../database/move-fences.ts";
import { KEYS_TABLE, MOVE_TABLE, SECRETS_TABLE } from "../schema/tables.ts";

/** A fence on SQLite: a trigger for each table and event. */
export const sqliteFences: FenceStatements = {
  raise(_db, fence) {
    const { trigger, text } = fence;
    const condition =
      fence === moveFences.moved
        ? sql``
        : sql`WHERE NOT EXISTS (SELECT 1 FROM ${sql.table(MOVE_TABLE)} WHERE role = 'target' AND writing = 1)`;
    return eachEvent(
      (table, event) => sql`
      CREATE TRIGGER IF NOT EXISTS ${triggerOf(trigger, table, event)} BEFORE ${sql.raw(event)} ON ${sql.table(table)}
      BEGIN SELECT RAISE(ABORT, ${sql.lit(text)}) ${condition}; END`,
    );
  },
  drop: (_db, { trigger }) =>
    eachEvent((table, event) => sql`DROP TRIGGER IF EXISTS ${triggerOf(trigger, table, event)}`),
};

function eachEvent(build: (table: string, event: string) => RawBuilder<unknown>): RawBuilder<unknown>[] {
  return [SECRETS_TABLE, KEYS_TABLE].flatMap((table) =>
    ["INSERT", "UPDATE", "DELETE"].map((event) => build(table, event)),
  );
}

function triggerOf(trigger: string, table: string, event: string): RawBuilder<unknown> {
  return sql.ref(`${trigger}_${table}_${event.toLowerCase()}`);
}
