import { setImmediate as nextTurn } from "node:timers/promises";
import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/statements.ts";
import { withinWindow } from "../rows/row-windows.ts";
import { firstParts, laterParts, type SweepPart } from "./sweep-parts.ts";

export interface SweptRow {
  readonly id: string;
  readonly name: string;
  readonly value: string;
  /** As the dialect defines it. */
  readonly revision: string;
}

export interface RowOutcome<Outcome extends string> {
  /** How it is counted. */
  readonly outcome: Outcome;
  /** The new value. Absent: the row stays as it is. */
  readonly envelope?: string;
}

export interface RowSweep<Outcome extends string> {
  /** Which rows: those under this key, or with null those that are not encrypted. */
  readonly from: string | null;
  /** About how many there are. */
  readonly rows: number;
  /** The id of the key that encrypts them. */
  readonly to: string;
  readonly encrypt: (row: SweptRow) => RowOutcome<Outcome>;
  /** Asked before each part; false ends the sweep. Not asked in a dry run. Absent: nothing ends it. */
  readonly mayContinue?: (session: Session) => Promise<boolean>;
  /** Whether rows are only read, in one pass. */
  readonly dryRun: boolean;
  /** Called after each part in which there were rows, with what was replaced in it. Its promise is awaited. */
  readonly afterPart?: (replaced: number, milliseconds: number) => void | Promise<void>;
}

export interface RowSweepReport<Outcome extends string> {
  /** Rows that it replaced, by outcome. */
  readonly replaced: ReadonlyMap<Outcome, number>;
  /** Rows that it had to leave, by outcome. */
  readonly left: ReadonlyMap<Outcome, number>;
  /**
   * `done`: a pass found nothing to replace. `superseded`: `mayContinue` ended it. `still-written`: other processes kept
   * writing such rows, so every pass found some.
   */
  readonly end: "done" | "superseded" | "still-written";
}

/** While other processes keep writing such rows, no number of passes would be enough. */
const LATER_PASSES = 4;
/** Decrypting and encrypting so many takes some milliseconds, for which nothing else in the process runs. */
const ROWS_ENCRYPTED_AT_A_TIME = 100;

/**
 * Replaces the values of rows under live readers and writers. A part of the table is replaced by one short transaction,
 * and a row that was changed since it was read is left as it is, because every writer encrypts.
 *
 * The work list is the key that rows name, which a replaced row leaves: a sweep that was killed continues where it was.
 * Several processes share the work. Each returns only after a pass that found nothing left to do, or after several passes
 * that each found rows which other processes had written meanwhile.
 */
export async function sweepRows<Outcome extends string>(
  database: OpenDatabase,
  sweep: RowSweep<Outcome>,
  signal: AbortSignal,
): Promise<RowSweepReport<Outcome>> {
  const { from, rows, dryRun } = sweep;
  const replaced = new Map<Outcome, number>();
  for (let pass = 0; ; pass++) {
    const parts =
      pass === 0 && !dryRun ? firstParts(database, from, rows, signal) : laterParts(database, from, signal);
    const { found, left, mayContinue } = await sweepOnce(database, sweep, parts, replaced, signal);
    if (!mayContinue) return { replaced, left, end: "superseded" };
    if (dryRun || (pass > 0 && found === 0)) return { replaced, left, end: "done" };
    if (pass === LATER_PASSES) return { replaced, left, end: "still-written" };
  }
}

/** One pass. While the database replaces one part, the next one is encrypted. */
async function sweepOnce<Outcome extends string>(
  database: OpenDatabase,
  sweep: RowSweep<Outcome>,
  parts: AsyncIterable<SweepPart>,
  replaced: Map<Outcome, number>,
  signal: AbortSignal,
): Promise<{ readonly found: number; readonly left: Map<Outcome, number>; readonly mayContinue: boolean }> {
  const { statements, dialect } = database;
  const left = new Map<Outcome, number>();
  let found = 0;
  let mayContinue = true;
  let encrypted: EncryptedPart<Outcome> = [];
  const replace = async (part: EncryptedPart<Outcome>) => {
    if (part.length === 0) return;
    const startedAt = performance.now();
    const outcomes = await replacePart(database, sweep, part, signal);
    for (const outcome of outcomes) count(replaced, outcome);
    found += outcomes.length;
    await sweep.afterPart?.(outcomes.length, performance.now() - startedAt);
  };
  for await (const part of parts) {
    signal.throwIfAborted();
    mayContinue =
      sweep.dryRun ||
      (await statements.read({ signal }, async (session) => sweep.mayContinue?.(session) ?? true));
    if (!mayContinue) return { found, left, mayContinue };
    const rows = await statements.read({ signal }, (session) =>
      session.rows(selectRows(session.db, dialect, sweep.from, part)),
    );
    const [next] = await Promise.all([encryptPart(sweep, rows), replace(encrypted)]);
    for (const { outcome, envelope } of next) if (envelope === undefined) count(left, outcome);
    encrypted = next;
  }
  await replace(encrypted);
  return { found, left, mayContinue };
}

type EncryptedPart<Outcome extends string> = readonly (SweptRow & RowOutcome<Outcome>)[];

async function encryptPart<Outcome extends string>(
  { encrypt }: RowSweep<Outcome>,
  rows: readonly SweptRow[],
): Promise<EncryptedPart<Outcome>> {
  const encrypted: (SweptRow & RowOutcome<Outcome>)[] = [];
  for (const row of rows) {
    // Also at the beginning, so that the statement which replaces the part before this one is on its way.
    if (encrypted.length % ROWS_ENCRYPTED_AT_A_TIME === 0) await nextTurn();
    encrypted.push({ ...row, ...encrypt(row) });
  }
  return encrypted;
}

/** The outcomes of the rows that were replaced; in a dry run, of those that would be. */
async function replacePart<Outcome extends string>(
  { statements, dialect }: OpenDatabase,
  { to, dryRun }: RowSweep<Outcome>,
  part: EncryptedPart<Outcome>,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const changes = part.flatMap(({ id, value, revision, envelope }) =>
    envelope === undefined ? [] : [{ id, value, revision, envelope }],
  );
  const ids = dryRun
    ? new Set(changes.map(({ id }) => id))
    : await dialect.replaceValues(statements, changes, to, signal);
  return part.filter(({ id }) => ids.has(id)).map(({ outcome }) => outcome);
}

function selectRows(
  db: Session["db"],
  dialect: OpenDatabase["dialect"],
  from: string | null,
  part: SweepPart,
) {
  const rows =
    "window" in part
      ? withinWindow(db, from, part.window)
      : db
          .selectFrom("archestra_secrets")
          .where(part.place)
          .where("value", "is not", null)
          .where("key_id", from === null ? "is" : "=", from);
  return rows
    .select(["id", "name", "value", dialect.sql.revision.as("revision")])
    .$narrowType<{ value: string }>();
}

function count<Outcome>(counts: Map<Outcome, number>, outcome: Outcome): void {
  counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
}
