import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import { type FenceName, type MoveFence, moveFences } from "../database/move-fences.ts";
import { tableOf } from "../schema/qualified-table.ts";
import { KEYS_TABLE, SECRETS_TABLE, type SecretsSchema } from "../schema/tables.ts";
import { MOVE_TABLE } from "./move-marker.ts";

const TABLES = [SECRETS_TABLE, KEYS_TABLE];
const EVENTS = ["INSERT", "UPDATE", "DELETE"];
const FUNCTION = "archestra_secrets_refuse_change";

/**
 * The statements that raise a fence: triggers on both tables that let every change fail, whichever program makes it. To make
 * a trigger waits for the transactions that have changed the table. At the target, the transactions of the move itself pass.
 */
export function raiseFence(
  db: Kysely<SecretsSchema>,
  { name }: Dialect,
  fence: FenceName,
): RawBuilder<unknown>[] {
  return name === "sqlite" ? raiseOnSqlite(fence) : raiseOnPostgres(db, moveFences[fence]);
}

/** The statements that remove a fence, whether it is there or not. */
export function dropFence(
  db: Kysely<SecretsSchema>,
  { name }: Dialect,
  fence: FenceName,
): RawBuilder<unknown>[] {
  const { trigger } = moveFences[fence];
  if (name === "sqlite") {
    return eachEvent((table, event) => sql`DROP TRIGGER IF EXISTS ${triggerOf(trigger, table, event)}`);
  }
  const drops = TABLES.map(
    (table) => sql`DROP TRIGGER IF EXISTS ${sql.ref(trigger)} ON ${tableOf(db, table)}`,
  );
  return [...drops, sql`DROP FUNCTION IF EXISTS ${tableOf(db, FUNCTION)}()`];
}

function raiseOnSqlite(fence: FenceName): RawBuilder<unknown>[] {
  const { trigger, text } = moveFences[fence];
  const condition =
    fence === "moved"
      ? sql``
      : sql`WHERE NOT EXISTS (SELECT 1 FROM ${sql.table(MOVE_TABLE)} WHERE role = 'target' AND writing = 1)`;
  return eachEvent(
    (table, event) => sql`
      CREATE TRIGGER IF NOT EXISTS ${triggerOf(trigger, table, event)} BEFORE ${sql.raw(event)} ON ${sql.table(table)}
      BEGIN SELECT RAISE(ABORT, ${sql.lit(text)}) ${condition}; END`,
  );
}

/** By statement, so that one that would change no row is refused, too; and ALWAYS, so that no setting of a session passes it. */
function raiseOnPostgres(db: Kysely<SecretsSchema>, fence: MoveFence): RawBuilder<unknown>[] {
  const { trigger, text, sqlState } = fence;
  const isPassable = fence === moveFences.arriving;
  // The schema is that of the table, since the search_path of a writer may be another one.
  const body = `
    DECLARE passes boolean := false;
    BEGIN
      IF ${isPassable} THEN
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.${MOVE_TABLE} WHERE role = ''target'' AND writing = 1)',
          TG_TABLE_SCHEMA) INTO passes;
      END IF;
      IF NOT passes THEN RAISE EXCEPTION '${text}' USING ERRCODE = '${sqlState}'; END IF;
      RETURN NULL;
    END`;
  const define = sql`CREATE OR REPLACE FUNCTION ${tableOf(db, FUNCTION)}() RETURNS trigger LANGUAGE plpgsql AS ${sql.lit(body)}`;
  const create = TABLES.flatMap((table) => [
    sql`CREATE TRIGGER ${sql.ref(trigger)} BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${tableOf(db, table)}
      FOR EACH STATEMENT EXECUTE FUNCTION ${tableOf(db, FUNCTION)}()`,
    sql`ALTER TABLE ${tableOf(db, table)} ENABLE ALWAYS TRIGGER ${sql.ref(trigger)}`,
  ]);
  return [define, ...create];
}

function eachEvent(build: (table: string, event: string) => RawBuilder<unknown>): RawBuilder<unknown>[] {
  return TABLES.flatMap((table) => EVENTS.map((event) => build(table, event)));
}

function triggerOf(trigger: string, table: string, event: string): RawBuilder<unknown> {
  return sql.ref(`${trigger}_${table}_${event.toLowerCase()}`);
}
