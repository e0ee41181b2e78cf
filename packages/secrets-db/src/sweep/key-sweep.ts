import { sweepEvents } from "@archestra/secrets-core/plugin";
import type { OpenDatabase } from "../database/open-database.ts";
import { classifyStoredValue, decryptValue, encryptValue } from "../encryption/envelope.ts";
import { secretPlace } from "../encryption/envelope-place.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { countRowsUnder, usedKeyIds } from "../keys/key-use.ts";
import { isRegisteredLast } from "../keys/registered-keys.ts";
import { type RowOutcome, type SweptRow, sweepRows } from "./row-sweep.ts";

/** The progress of a sweep. */
export interface SweepProgress {
  /** Rows that it has moved to the current key. */
  readonly reencrypted: number;
  /** Rows that it has not read yet, as counted at its beginning. */
  readonly remaining: number;
  /** Since its beginning. */
  readonly rowsPerSecond: number;
  /** At that rate. Absent: the rate is not known yet. */
  readonly secondsRemaining?: number;
}

/** The result of a sweep. */
export interface SweepReport {
  /** The id of the key under which the rows are now. */
  readonly keyId: string;
  /** Rows that it moved to this key. */
  readonly reencrypted: number;
  /** Rows that cannot be decrypted although their key is there. They stay as they are, and fail when they are read. */
  readonly failed: number;
  /** Rows under keys that this process does not have, which it did not change. */
  readonly unknown: number;
  /** Whether another key was registered last meanwhile. Then its processes sweep, and this sweep ended. */
  readonly superseded: boolean;
  /** Whether other processes kept writing under another key until the end. End them, and sweep again. */
  readonly stillWritten: boolean;
  /** Whether every row is under the current key, proven by a pass that found nothing else. Never of a dry run. */
  readonly done: boolean;
  /** Whether nothing was changed: `reencrypted` then counts the rows that a sweep would move. */
  readonly dryRun: boolean;
}

export interface KeySweepOptions {
  readonly signal: AbortSignal;
  /** Whether rows are only read. @default false */
  readonly dryRun?: boolean;
  /** Whether no caller waits for the sweep. @default false */
  readonly isBackground?: boolean;
  /** Called after each part of the table, and awaited. */
  readonly afterPart?: (progress: SweepProgress, milliseconds: number) => void | Promise<void>;
}

type Outcome = "reencrypted" | "failed";

/**
 * Moves every row under another key of the ring to the current one, which must be the last that was registered: two
 * sweeps to different keys would undo each other for ever. The rows keep their version and their times.
 */
export function sweepToCurrentKey(
  database: OpenDatabase,
  ring: KeyRing,
  options: KeySweepOptions,
): Promise<SweepReport> {
  // A dry run changes nothing that could be counted.
  if (options.dryRun) return sweepKeys(database, ring, options);
  return sweepEvents.trace(
    () => ({ manager: "DB", purpose: "rotate", isBackground: options.isBackground === true }),
    () => sweepKeys(database, ring, options),
    (event, report) => {
      if (report !== undefined) Object.assign(event, { changed: report.reencrypted, failed: report.failed });
    },
  );
}

async function sweepKeys(
  database: OpenDatabase,
  ring: KeyRing,
  { signal, dryRun = false, afterPart }: KeySweepOptions,
): Promise<SweepReport> {
  const keyId = ring.current.id;
  const { statements, dialect } = database;
  const rowsByKey = new Map<string, number>();
  let unknown = 0;
  for (const id of await statements.read({ signal }, usedKeyIds)) {
    if (id === keyId) continue;
    const rows = await countRowsUnder(database, id, { signal });
    if (ring.find(id).length > 0) rowsByKey.set(id, rows);
    else unknown += rows;
  }
  const total = [...rowsByKey.values()].reduce((sum, rows) => sum + rows, 0);
  const startedAt = performance.now();
  let reencrypted = 0;
  let failed = 0;
  let superseded = false;
  let stillWritten = false;
  for (const [from, rows] of rowsByKey) {
    const report = await sweepRows<Outcome>(
      database,
      {
        from,
        rows,
        to: keyId,
        dryRun,
        encrypt: (row) => encryptAgain(row, from, ring),
        mayContinue: (session) => isRegisteredLast(session, keyId),
        afterPart: (replaced, milliseconds) => {
          reencrypted += replaced;
          const remaining = Math.max(0, total - reencrypted);
          const rowsPerSecond = (1000 * reencrypted) / (performance.now() - startedAt);
          const estimate = rowsPerSecond > 0 ? { secondsRemaining: remaining / rowsPerSecond } : {};
          return afterPart?.({ reencrypted, remaining, rowsPerSecond, ...estimate }, milliseconds);
        },
      },
      signal,
    );
    failed += report.left.get("failed") ?? 0;
    superseded = report.end === "superseded";
    stillWritten ||= report.end === "still-written";
    if (superseded) break;
  }
  const done = !dryRun && !superseded && !stillWritten && failed + unknown === 0;
  if (done) {
    await statements.transaction({ signal }, (session) =>
      session.execute(
        session.db
          .updateTable("archestra_secrets_keys")
          .set({ sweep_done_at: dialect.sql.now })
          .where("key_id", "=", keyId),
      ),
    );
  }
  return { keyId, reencrypted, failed, unknown, superseded, stillWritten, done, dryRun };
}

function encryptAgain(row: SweptRow, from: string, ring: KeyRing): RowOutcome<Outcome> {
  const place = secretPlace(row.id, row.name);
  const stored = classifyStoredValue(row.value);
  // A row whose key id disagrees with its envelope was tampered with. Encrypted again, it would be accepted.
  if (stored.kind !== "encrypted" || stored.keyId !== from) return { outcome: "failed" };
  try {
    const json = decryptValue(stored, ring, place);
    return { outcome: "reencrypted", envelope: encryptValue(json, ring.current, place) };
  } catch {
    return { outcome: "failed" };
  }
}
