import { type EntryState, presentStates } from "@archestra/secrets-core/ownership";
import { sql } from "kysely";
import type { Waiting } from "../database/attempt.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/session.ts";
import { usedKeyIds } from "../keys/key-use.ts";
import { tableOf } from "../schema/qualified-table.ts";
import { wholeTable, withinWindow } from "../rows/row-windows.ts";
import { isOwnSecret, MANAGER_ID } from "../rows/secret-row.ts";

/** Rows of ours, for which the table has to be looked into, and entries of the index. */
const ROWS_COUNTED_AT_A_TIME = 5_000;
const ENTRIES_COUNTED_AT_A_TIME = 20_000;

/**
 * Counts the rows that are `active` or `moving` by their owner, in pieces, so that no statement takes long however many
 * there are. Rows that change owners meanwhile are counted as it happens.
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
  for (const manager of await otherOwners(database, waiting)) {
    if (manager === except) continue;
    let rows = 0;
    for (const state of presentStates) rows += await countOf(database, manager, state, waiting);
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

/** The owners that rows name beside ourselves: one look into the index each. The condition is literal, or SQLite does not use it. */
async function otherOwners({ statements }: OpenDatabase, waiting: Waiting): Promise<string[]> {
  const rows = await statements.read(waiting, (session) => {
    const table = tableOf(session.db, "archestra_secrets");
    return session.rows(sql<{ manager: string }>`
      WITH RECURSIVE owners (manager) AS (
        SELECT min(manager) FROM ${table} WHERE manager <> 'DB'
        UNION ALL
        SELECT (SELECT min(manager) FROM ${table} WHERE manager <> 'DB' AND manager > owners.manager)
        FROM owners WHERE owners.manager IS NOT NULL
      )
      SELECT manager FROM owners WHERE manager IS NOT NULL`);
  });
  return rows.map(({ manager }) => manager);
}

async function countOf(
  { statements }: OpenDatabase,
  manager: string,
  state: EntryState,
  waiting: Waiting,
): Promise<number> {
  let counted = 0;
  for (let after = ""; ; ) {
    waiting.signal.throwIfAborted();
    const start = after;
    const piece = await statements.inIndexOrder(waiting, (session) =>
      session.first(
        session.db
          .selectFrom(
            session.db
              .selectFrom("archestra_secrets")
              .select("id")
              .where(sql<boolean>`manager <> 'DB'`)
              .where("manager", "=", manager)
              .where("state", "=", state)
              .where("id", ">", start)
              .orderBy("id")
              .limit(ENTRIES_COUNTED_AT_A_TIME)
              .as("piece"),
          )
          .select(({ fn }) => [fn.countAll<number>().as("rows"), fn.max("id").as("last")]),
      ),
    );
    const rows = Number(piece?.rows ?? 0);
    counted += rows;
    if (rows < ENTRIES_COUNTED_AT_A_TIME) return counted;
    after = String(piece?.last);
  }
}
