import { presentStates } from "@archestra/secrets-core/ownership";
import { sql } from "kysely";
import type { Waiting } from "../database/attempt.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/statements.ts";
import { usedKeyIds } from "../keys/key-use.ts";
import { countInPieces, distinctTexts, wholeTable, withinWindow } from "../rows/row-windows.ts";
import { MANAGER_ID } from "../rows/secret-row.ts";

/** Rows of this manager, for which the table itself has to be read and not the index alone. */
const ROWS_COUNTED_AT_A_TIME = 5_000;

/**
 * Counts the rows that are `active` or `moving` by their owner, in pieces, so that no statement takes long. Rows that change owners meanwhile are counted as it happens.
 *
 * @param except an owner whose rows are neither counted nor walked
 */
export async function countByOwner(
  database: OpenDatabase,
  except: string | undefined,
  waiting: Waiting,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  if (except !== MANAGER_ID) {
    const rows = await countOwn(database, waiting);
    if (rows > 0) counts.set(MANAGER_ID, rows);
  }
  const others = await database.statements.read(waiting, (session) =>
    distinctTexts(session, "manager", "manager <> 'DB'"),
  );
  for (const manager of others) {
    if (manager === except) continue;
    let rows = 0;
    for (const state of presentStates) {
      rows += await countInPieces(database.statements, waiting, (db, after) =>
        db
          .selectFrom("archestra_secrets")
          .select("id")
          .where(sql<boolean>`manager <> 'DB'`)
          .where("manager", "=", manager)
          .where("state", "=", state)
          .where("id", ">", after)
          .orderBy("id"),
      );
    }
    if (rows > 0) counts.set(manager, rows);
  }
  return counts;
}

/** Whether any secret is our own. Values that others own are passed over until one is. */
export function holdsOwnSecret(session: Session): Promise<boolean> {
  return session.exists(
    session.db
      .selectFrom("archestra_secrets")
      .select("id")
      .where("value", "is not", null)
      .where("manager", "=", MANAGER_ID)
      .where("state", "in", presentStates)
      .limit(1),
  );
}

/** By the index of rows that hold a value, since none leads to the rows of this manager alone. */
async function countOwn({ statements }: OpenDatabase, waiting: Waiting): Promise<number> {
  let rows = 0;
  for (const keyId of [null, ...(await statements.read(waiting, usedKeyIds))]) {
    const select = (db: Session["db"], after: string) =>
      withinWindow(db, keyId, { ...wholeTable, after })
        .select("id")
        .where("manager", "=", MANAGER_ID)
        .where("state", "in", presentStates);
    rows += await countInPieces(statements, waiting, select, ROWS_COUNTED_AT_A_TIME);
  }
  return rows;
}
