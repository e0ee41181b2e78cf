import { SecretsError } from "@archestra/secrets-core";
import { sql } from "kysely";
import { moveFences } from "../database/move-fences.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/statements.ts";
import { tableOf } from "../schema/qualified-table.ts";
import { KEYS_TABLE, MOVE_TABLE, SECRETS_TABLE } from "../schema/tables.ts";
import {
  beginWriting,
  createMoveTable,
  endWriting,
  type MoveMarker,
  markDone,
  readMarker,
  takeTarget,
} from "./move-marker.ts";

/** The properties of the source that the target needs. */
export interface SourceOfMove {
  readonly moveId: string;
  readonly isFenced: boolean;
  /** The move that made the source itself, when one did: its source may be the target now. */
  readonly arrivedBy: string | undefined;
}

/** The target while rows arrive. Of several movers, the last one writes. */
export class MovingTarget {
  readonly database: OpenDatabase;
  readonly #mover = crypto.randomUUID();
  readonly #signal: AbortSignal;

  constructor(database: OpenDatabase, signal: AbortSignal) {
    this.database = database;
    this.#signal = signal;
  }

  /**
   * Takes the database as the target: an empty one, one that this move did not finish, or the source that the source itself
   * came from, which holds nothing that did not arrive there. From then on only this mover writes to it.
   *
   * @returns what arrived, when an earlier call ended the move. Undefined: there is something to do
   * @throws SecretsError ALREADY_EXISTS, reason TARGET_OCCUPIED; nothing is changed
   */
  async take(source: SourceOfMove): Promise<MoveMarker | undefined> {
    const { statements, dialect } = this.database;
    const fences = await dialect.loadFences();
    return statements.serialized({ signal: this.#signal }, async (session) => {
      await createMoveTable(session);
      const own = await readMarker(session, "target");
      const earlier = await readMarker(session, "source");
      if (earlier?.moveId === source.moveId) throw sameDatabase();
      const continues = own?.moveId === source.moveId;
      if (continues && own.state === "done") {
        if (source.isFenced) return own;
        throw occupied("The move to it ended, and the source was released since then.");
      }
      if (!continues) {
        if (own?.state === "copying") throw occupied("It is the target of a move that has not ended.");
        const isRollback = earlier?.state === "moved" && earlier.moveId === source.arrivedBy;
        if (isRollback) {
          for (const statement of fences.drop(session.db, moveFences.moved)) await session.execute(statement);
          await session.execute(sql`DELETE FROM ${tableOf(session.db, MOVE_TABLE)} WHERE role = 'source'`);
        }
        // To make the fence locks the tables, so nothing comes in after the check.
        for (const statement of fences.raise(session.db, moveFences.arriving))
          await session.execute(statement);
        if (!isRollback && !(await isEmpty(session))) throw occupied("It holds secrets or keys.");
      }
      await takeTarget(session, source.moveId, this.#mover);
      return undefined;
    });
  }

  /**
   * Changes rows in one transaction, which passes the fence.
   *
   * @throws SecretsError CONFLICT, reason MOVE_TAKEN_OVER, when another mover has taken the target
   */
  write(run: (session: Session) => Promise<void>): Promise<void> {
    return this.database.statements.transaction({ signal: this.#signal }, async (session) => {
      if (!(await beginWriting(session, this.#mover))) {
        throw new SecretsError(
          "CONFLICT",
          "Another call of moveDatabase has taken over this move. This call has ended. The rows that it had copied stay there.",
          { reason: "MOVE_TAKEN_OVER", retryable: false },
        );
      }
      await run(session);
      await endWriting(session);
    });
  }

  /** Opens the database for its applications. */
  async finish(arrived: { readonly rows: number; readonly keys: number }): Promise<void> {
    const fences = await this.database.dialect.loadFences();
    await this.write(async (session) => {
      for (const statement of fences.drop(session.db, moveFences.arriving)) await session.execute(statement);
      await markDone(session, arrived);
    });
  }
}

/** Whether it holds neither secrets nor keys. */
export async function isEmpty(session: Session): Promise<boolean> {
  for (const table of [SECRETS_TABLE, KEYS_TABLE]) {
    if (await session.exists(sql`SELECT 1 FROM ${tableOf(session.db, table)} LIMIT 1`)) return false;
  }
  return true;
}

export function sameDatabase(): SecretsError {
  return new SecretsError(
    "INVALID_CONFIGURATION",
    "`from` and `to` are the same database. Nothing was changed. Pass another database as `to`.",
    { reason: "SAME_DATABASE" },
  );
}

export function occupied(why: string): SecretsError {
  return new SecretsError(
    "ALREADY_EXISTS",
    `The target of the move is not empty, and it is not an unfinished move of this source. ${why} Nothing was changed. Use another database, or drop the tables whose names begin with \`archestra_secrets\` there if nothing needs them.`,
    { reason: "TARGET_OCCUPIED" },
  );
}
