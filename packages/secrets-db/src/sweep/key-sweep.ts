import type { OpenDatabase } from "../database/open-database.ts";
import type { Session } from "../database/statements.ts";
import { classifyStoredValue, encryptValue } from "../encryption/envelope.ts";
import { secretPlace } from "../encryption/envelope-place.ts";
import { decryptEnvelopeV2 } from "../encryption/envelope-v2.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { countRowsUnder, usedKeyIds } from "../keys/key-use.ts";
import { isRegisteredLast } from "../keys/registered-keys.ts";
import { type RowOutcome, type SweptRow, sweepRows } from "./row-sweep.ts";

/** How far a sweep is. */
export interface SweepProgress {
  /** Rows that it has moved to the current key. */
  readonly resealed: number;
  /** Rows that it has not looked at yet, as counted at its beginning. */
  readonly remaining: number;
  /** Since its beginning. */
  readonly rowsPerSecond: number;
  /** At that rate. Absent: nothing is known of the rate yet. */
  readonly secondsRemaining?: number;
}

/** What a sweep did. */
export interface SweepReport {
  /** The id of the key under which the rows are now. */
  readonly keyId: string;
  /** Rows that it moved to this key. */
  readonly resealed: number;
  /** Rows that do not open although their key is there: they stay, and fail when they are read. */
  readonly failed: number;
  /** Rows under keys that this process does not have, which it left alone. */
  readonly unknown: number;
  /** Whether another key was registered as the last one meanwhile; then its processes sweep, and this sweep ended. */
  readonly superseded: boolean;
  /** Whether other processes kept writing under another key until the end. End them, and sweep again. */
  readonly stillWritten: boolean;
  /** Whether every row is under the current key, proven by a pass that found nothing else. Never of a dry run. */
  readonly done: boolean;
  /** Whether it only looked: `resealed` are the rows that a sweep would move, and nothing was changed. */
  readonly dryRun: boolean;
}

/** How a sweep is done. */
export interface KeySweepOptions {
  readonly signal: AbortSignal;
  /** Whether rows are only looked at. @default false */
  readonly dryRun?: boolean;
  /** Called after each part of the table, and awaited. */
  readonly afterPart?: (progress: SweepProgress, milliseconds: number) => void | Promise<void>;
}

type Outcome = "resealed" | "failed";

/**
 * Moves every row under another key of the ring to the current one, which must be the last that was registered: two
 * sweeps to different keys would undo each other for ever. The rows keep their version and their times.
 */
export async function sweepToCurrentKey(
  database: OpenDatabase,
  ring: KeyRing,
  { signal, dryRun = false, afterPart }: KeySweepOptions,
): Promise<SweepReport> {
  const keyId = ring.current.id;
  const { statements } = database;
  const used = await statements.read({ signal }, usedKeyIds);
  const known = used.filter((id) => id !== keyId && ring.find(id).length > 0);
  const unknown = used.filter((id) => id !== keyId && !known.includes(id));
  const count = (ids: readonly string[]) => countAll(database, ids, signal);
  const unknownRows = await count(unknown);
  const rows = new Map<string, number>();
  for (const id of known) rows.set(id, await count([id]));
  const progress = new ProgressMeter([...rows.values()].reduce((sum, some) => sum + some, 0));
  let failed = 0;
  let superseded = false;
  let stillWritten = false;
  for (const [from, some] of rows) {
    const report = await sweepRows<Outcome>(
      database,
      {
        from,
        rows: some,
        to: keyId,
        dryRun,
        seal: (row) => reseal(row, from, ring),
        mayGoOn: (session) => isRegisteredLast(session, keyId),
        afterPart: (replaced, milliseconds) => afterPart?.(progress.add(replaced), milliseconds),
      },
      signal,
    );
    failed += report.left.get("failed") ?? 0;
    superseded = report.end === "refused";
    stillWritten ||= report.end === "written";
    if (superseded) break;
  }
  const done = !dryRun && !superseded && !stillWritten && failed + unknownRows === 0;
  if (done) await statements.transaction({ signal }, (session) => markDone(session, database, keyId));
  const { resealed } = progress;
  return { keyId, resealed, failed, unknown: unknownRows, superseded, stillWritten, done, dryRun };
}

function reseal(row: SweptRow, from: string, ring: KeyRing): RowOutcome<Outcome> {
  const place = secretPlace(row.id, row.name);
  const stored = classifyStoredValue(row.value);
  // A row whose key id disagrees with its envelope was tampered with: sealed anew it would open again.
  if (stored.kind !== "v2" || stored.envelope.keyId !== from) return { outcome: "failed" };
  try {
    const json = decryptEnvelopeV2(stored.envelope, ring, place);
    return { outcome: "resealed", envelope: encryptValue(json, ring.current, place) };
  } catch {
    return { outcome: "failed" };
  }
}

async function markDone(session: Session, { dialect }: OpenDatabase, keyId: string): Promise<void> {
  await session.execute(
    session.db
      .updateTable("archestra_secrets_keys")
      .set({ sweep_done_at: dialect.sql.now })
      .where("key_id", "=", keyId),
  );
}

async function countAll(
  database: OpenDatabase,
  keyIds: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  let rows = 0;
  for (const keyId of keyIds) rows += await countRowsUnder(database, keyId, { signal });
  return rows;
}

class ProgressMeter {
  readonly #rows: number;
  readonly #startedAt = performance.now();
  #resealed = 0;

  constructor(rows: number) {
    this.#rows = rows;
  }

  get resealed(): number {
    return this.#resealed;
  }

  add(resealed: number): SweepProgress {
    this.#resealed += resealed;
    const remaining = Math.max(0, this.#rows - this.#resealed);
    const rowsPerSecond = (1000 * this.#resealed) / (performance.now() - this.#startedAt);
    return {
      resealed: this.#resealed,
      remaining,
      rowsPerSecond,
      ...(rowsPerSecond > 0 ? { secondsRemaining: remaining / rowsPerSecond } : {}),
    };
  }
}
