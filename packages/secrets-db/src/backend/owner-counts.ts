import { presentStates } from "@archestra/secrets-core/ownership";
import { sql } from "kysely";
import type { Waiting } from "../database/attempt.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/statements.ts";
import { usedKeyIds } from "../keys/key-use.ts";
import { countInPieces, distinctTexts, wholeTable, withinWindow } from "../rows/row-windows.ts";
import { isOwnSecret, MANAGER_ID } from "../rows/secret-row.ts";

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
export async function holdsOwnSecret(session: Session): Promise<boolean> {
  const row = await session.first(
    session.db
      .selectFrom("archestra_secrets")
      .select("id")
      .where("value", "is not", null)
      .where("manager", "=", MANAGER_ID)
      .where("state", "in", presentStates)
      .limit(1),
  );
  return row !== undefined;
}

/** By the index of rows that hold a value, since none leads to our own rows alone. */
async function countOwn(database: OpenDatabase, waiting: Waiting): Promise<number> {
  const { statements } = database;
  const keyIds = await statements.read(waiting, usedKeyIds);
  let counted = 0;
  for (const keyId of [null, ...keyIds]) {
    for (let after = ""; ; ) {
      waiting.signal.throwIfAborted();
      const start = after;
      const groups = await statements.inIndexOrder(waiting, (session) =>
        session.rows(
          session.db
            .selectFrom(
              withinWindow(session.db, keyId, { ...wholeTable, after: start })
                .select(["id", "manager", "state"])
                .limit(ROWS_COUNTED_AT_A_TIME)
                .as("piece"),
            )
            .select(({ fn }) => [
              "manager",
              "state",
              fn.countAll<number>().as("rows"),
              fn.max("id").as("last"),
            ])
            .groupBy(["manager", "state"]),
        ),
      );
      let walked = 0;
      for (const group of groups) {
        walked += Number(group.rows);
        if (isOwnSecret(group)) counted += Number(group.rows);
        if (group.last > after) after = group.last;
      }
      if (walked < ROWS_COUNTED_AT_A_TIME) break;
    }
  }
  return counted;
}
