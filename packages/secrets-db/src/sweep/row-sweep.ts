import { setImmediate as nextTurn } from "node:timers/promises";
import type { Kysely } from "kysely";
import { type RowWindow, rowWindows, wholeTable, withinWindow } from "../backend/row-windows.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import type { SecretsSchema } from "../schema/tables.ts";

/** A row that a sweep looks at. */
export interface SweptRow {
  readonly id: string;
  readonly name: string;
  readonly value: string;
}

/** What becomes of a row. */
export interface RowOutcome<Outcome extends string> {
  /** What it is counted as. */
  readonly outcome: Outcome;
  /** What replaces its value. Absent: the row stays as it is. */
  readonly envelope?: string;
}

/** What a sweep is to do. */
export interface RowSweep<Outcome extends string> {
  /** Which rows: those under this key, or with null those that are not sealed. */
  readonly from: string | null;
  /** The id of the key that seals them. */
  readonly to: string;
  readonly seal: (row: SweptRow) => RowOutcome<Outcome>;
  /** Asked within the transaction of each window; false ends the sweep. Absent: nothing ends it. */
  readonly mayGoOn?: (transaction: Kysely<SecretsSchema>) => Promise<boolean>;
  /** Whether rows are only looked at, in one pass, without a lock. */
  readonly dryRun?: boolean;
  /** Called after each window in which there were rows, with what was replaced in it. Its promise is awaited. */
  readonly afterWindow?: (replaced: number, milliseconds: number) => void | Promise<void>;
}

/** What a sweep did. */
export interface RowSweepReport<Outcome extends string> {
  /** Rows that it replaced, by outcome. */
  readonly replaced: ReadonlyMap<Outcome, number>;
  /** Rows that it had to leave, by outcome. */
  readonly left: ReadonlyMap<Outcome, number>;
  /**
   * `done`: a pass found nothing to replace. `refused`: it might not go on. `written`: other processes kept writing such
   * rows, so that there was something in every pass.
   */
  readonly end: "done" | "refused" | "written";
}

/** Beside processes that go on writing such rows, no number of passes would be enough. */
const LATER_PASSES = 4;

/**
 * Replaces the values of rows under live readers and writers: a window is one short transaction, and a row that somebody
 * changed since it was read is left as it is, because every writer seals.
 *
 * The work list is the key that rows name, which a replaced row leaves: a sweep that was killed goes on where it was.
 * Several processes share the work, and each returns only after a pass that found nothing left to do, whoever did it,
 * or after several that each found what others had written meanwhile.
 */
export async function sweepRows<Outcome extends string>(
  database: OpenDatabase,
  sweep: RowSweep<Outcome>,
  signal: AbortSignal,
): Promise<RowSweepReport<Outcome>> {
  const replaced = new Map<Outcome, number>();
  const left = new Map<Outcome, number>();
  // Rows that another process works on are passed over at first, and waited for in the later passes. Those go window by
  // window, too: what a pass replaced leaves dead entries in the index, and walking all of them is one long statement.
  const known: RowWindow[] = [];
  for (let pass = 0; ; pass++) {
    const lock = pass === 0 ? "pass over" : "wait";
    left.clear();
    let found = 0;
    const parts = [...known, { ...wholeTable, after: known.at(-1)?.last ?? "" }];
    for (const part of parts) {
      for await (const window of rowWindows(database, sweep.from, part, signal)) {
        signal.throwIfAborted();
        if (part.last === undefined) known.push(window);
        const startedAt = performance.now();
        const outcome = sweep.dryRun
          ? await lookAt(database, sweep, window, signal)
          : await sweepWindow(database, sweep, window, lock, signal);
        if (outcome === undefined) return { replaced, left, end: "refused" };
        for (const kind of outcome.left) count(left, kind);
        for (const kind of outcome.replaced) count(replaced, kind);
        found += outcome.replaced.length;
        await sweep.afterWindow?.(outcome.replaced.length, performance.now() - startedAt);
        await nextTurn();
      }
    }
    if (sweep.dryRun || (lock === "wait" && found === 0)) return { replaced, left, end: "done" };
    if (pass === LATER_PASSES) return { replaced, left, end: "written" };
  }
}

type RowLock = "pass over" | "wait";

/** What became of the rows of one window. Counted by the caller, since a transaction may run more than once. */
interface WindowOutcome<Outcome> {
  readonly replaced: readonly Outcome[];
  readonly left: readonly Outcome[];
}

async function lookAt<Outcome extends string>(
  { db, dialect }: OpenDatabase,
  { from, seal }: RowSweep<Outcome>,
  window: RowWindow,
  signal: AbortSignal,
): Promise<WindowOutcome<Outcome>> {
  const rows = await dialect.retry({ signal }, () => selectRows(db, from, window).execute());
  const outcomes = rows.map(seal);
  return {
    replaced: outcomes.filter(({ envelope }) => envelope !== undefined).map(({ outcome }) => outcome),
    left: outcomes.filter(({ envelope }) => envelope === undefined).map(({ outcome }) => outcome),
  };
}

/** Undefined: the sweep may not go on. */
async function sweepWindow<Outcome extends string>(
  { db, dialect }: OpenDatabase,
  { from, to, seal, mayGoOn }: RowSweep<Outcome>,
  window: RowWindow,
  lock: RowLock,
  signal: AbortSignal,
): Promise<WindowOutcome<Outcome> | undefined> {
  return dialect.transaction(db, signal, async (transaction) => {
    if (mayGoOn !== undefined && !(await mayGoOn(transaction))) return undefined;
    const rows = await selectRows(transaction, from, window)
      .$if(dialect.name === "postgres", (query) =>
        lock === "wait" ? query.forUpdate() : query.forUpdate().skipLocked(),
      )
      .execute();
    const outcomes = rows.map((row) => ({ ...row, ...seal(row) }));
    const changes = outcomes.flatMap(({ id, value, envelope }) =>
      envelope === undefined ? [] : [{ id, value, envelope }],
    );
    const replacedIds = await dialect.replaceValues(transaction, changes, to);
    return {
      replaced: outcomes.filter(({ id }) => replacedIds.has(id)).map(({ outcome }) => outcome),
      left: outcomes.filter(({ envelope }) => envelope === undefined).map(({ outcome }) => outcome),
    };
  });
}

function selectRows(db: Kysely<SecretsSchema>, from: string | null, window: RowWindow) {
  return withinWindow(db, from, window).select(["id", "name", "value"]).$narrowType<{ value: string }>();
}

function count<Outcome>(counts: Map<Outcome, number>, outcome: Outcome): void {
  counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
}
