import { sql } from "kysely";
import type { FenceStatements } from "../database/dialect.ts";
import { moveFences } from "../database/move-fences.ts";
import { tableOf } from "../schema/qualified-table.ts";
import { KEYS_TABLE, MOVE_TABLE, SECRETS_TABLE } from "../schema/tables.ts";

const TABLES = [SECRETS_TABLE, KEYS_TABLE];
const FUNCTION = "archestra_secrets_refuse_change";

/**
 * A fence on PostgreSQL: one trigger a table, by statement, so that one that would change no row is refused, too; and ALWAYS,
 * so that no setting of a session passes it.
 */
export const postgresFences: FenceStatements = {
  raise(db, fence) {
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
  },
  drop: (db, { trigger }) => [
    ...TABLES.map((table) => sql`DROP TRIGGER IF EXISTS ${sql.ref(trigger)} ON ${tableOf(db, table)}`),
    sql`DROP FUNCTION IF EXISTS ${tableOf(db, FUNCTION)}()`,
  ],
  limitWait: sql`SET LOCAL lock_timeout = '1s'`,
};
