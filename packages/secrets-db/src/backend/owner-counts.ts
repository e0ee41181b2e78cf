import { type Kysely, sql } from "kysely";
import type { OpenDatabase } from "../database/open-database.ts";
import { usedKeyIds } from "../keys/key-use.ts";
import type { SecretsSchema } from "../schema/tables.ts";
import { wholeTable, withinWindow } from "./row-windows.ts";
import { isReadable, MANAGER_ID } from "./secret-row.ts";

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
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  if (except !== MANAGER_ID) {
    const rows = await countOwn(database, signal);
    if (rows > 0) counts.set(MANAGER_ID, rows);
  }
  for (const manager of await otherOwners(database, signal)) {
    if (manager === except) continue;
    const rows =
      (await countOf(database, manager, "active", signal)) +
      (await countOf(database, manager, "moving", signal));
    if (rows > 0) counts.set(manager, rows);
  }
  return counts;
}

/** Whether any secret is our own. Values that others own are passed over until one is. */
export async function holdsOwnSecret(db: Kysely<SecretsSchema>): Promise<boolean> {
  const row = await db
    .selectFrom("archestra_secrets")
    .select("id")
    .where("value", "is not", null)
    .where("manager", "=", MANAGER_ID)
    .where("state", "in", ["active", "moving"])
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** By the index of rows that hold a value, since none leads to our own rows alone. */
async function countOwn(database: OpenDatabase, signal: AbortSignal): Promise<number> {
  const { db, dialect } = database;
  const keyIds = await dialect.retry({ signal }, () => usedKeyIds(db));
  let counted = 0;
  for (const keyId of [null, ...keyIds]) {
    for (let after = ""; ; ) {
      signal.throwIfAborted();
      const start = after;
      const groups = await dialect.inIndexOrder(db, signal, (ordered) =>
        ordered
          .selectFrom(
            withinWindow(ordered, keyId, { ...wholeTable, after: start })
              .select(["id", "manager", "state"])
              .limit(ROWS_COUNTED_AT_A_TIME)
              .as("piece"),
          )
          .select(({ fn }) => ["manager", "state", fn.countAll<number>().as("rows"), fn.max("id").as("last")])
          .groupBy(["manager", "state"])
          .execute(),
      );
      let walked = 0;
      for (const group of groups) {
        walked += Number(group.rows);
        if (isReadable(group)) counted += Number(group.rows);
        if (group.last > after) after = group.last;
      }
      if (walked < ROWS_COUNTED_AT_A_TIME) break;
    }
  }
  return counted;
}

/** The owners that rows name beside ourselves: one look into the index each. The condition is literal, or SQLite does not use it. */
async function otherOwners({ db, dialect }: OpenDatabase, signal: AbortSignal): Promise<string[]> {
  const { rows } = await dialect.retry({ signal }, () =>
    sql<{ manager: string }>`
      WITH RECURSIVE owners (manager) AS (
        SELECT min(manager) FROM archestra_secrets WHERE manager <> 'DB'
        UNION ALL
        SELECT (SELECT min(manager) FROM archestra_secrets WHERE manager <> 'DB' AND manager > owners.manager)
        FROM owners WHERE owners.manager IS NOT NULL
      )
      SELECT manager FROM owners WHERE manager IS NOT NULL`.execute(db),
  );
  return rows.map(({ manager }) => manager);
}

async function countOf(
  { db, dialect }: OpenDatabase,
  manager: string,
  state: "active" | "moving",
  signal: AbortSignal,
): Promise<number> {
  let counted = 0;
  for (let after = ""; ; ) {
    signal.throwIfAborted();
    const start = after;
    const piece = await dialect.inIndexOrder(db, signal, (ordered) =>
      ordered
        .selectFrom(
          ordered
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
        .select(({ fn }) => [fn.countAll<number>().as("rows"), fn.max("id").as("last")])
        .executeTakeFirstOrThrow(),
    );
    counted += Number(piece.rows);
    if (Number(piece.rows) < ENTRIES_COUNTED_AT_A_TIME) return counted;
    after = String(piece.last);
  }
}
