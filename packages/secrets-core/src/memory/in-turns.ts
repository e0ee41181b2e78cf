import { setImmediate as nextTurn } from "node:timers/promises";

const ROWS_IN_A_TURN = 500;

/**
 * Rows of memory, as a database would give them in pages: between two, timers and other work have their turn.
 *
 * @throws the signal's reason when it aborts
 */
export async function* inTurns<Row>(rows: Iterable<Row>, signal: AbortSignal): AsyncGenerator<Row> {
  signal.throwIfAborted();
  let given = 0;
  for (const row of rows) {
    yield row;
    if (++given % ROWS_IN_A_TURN !== 0) continue;
    await nextTurn();
    signal.throwIfAborted();
  }
}
