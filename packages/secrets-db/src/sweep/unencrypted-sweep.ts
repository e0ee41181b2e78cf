import { sweepEvents } from "@archestra/secrets-core/plugin";
import type { OpenDatabase } from "../database/open-database.ts";
import { classifyStoredValue, decryptValue, encryptValue } from "../encryption/envelope.ts";
import { secretPlace } from "../encryption/envelope-place.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { countRowsUnder } from "../keys/key-use.ts";
import { type RowOutcome, type SweptRow, sweepRows } from "./row-sweep.ts";

/** The result of a sweep of rows that were not encrypted. */
export interface UnencryptedSweepReport {
  /** Rows with plaintext that it encrypted. */
  readonly plaintext: number;
  /** Rows with Archestra's v1 envelope that it encrypted again. */
  readonly v1: number;
  /** v1 rows that no key of the ring decrypts. They stay as they are, and fail when they are read. */
  readonly undecryptableV1: number;
  /** Rows that are neither, such as damaged envelopes. They stay as they are, and fail when they are read. */
  readonly unusable: number;
}

type Outcome = keyof UnencryptedSweepReport;

/** Encrypts every row that is not encrypted yet. */
export function sweepUnencrypted(
  database: OpenDatabase,
  ring: KeyRing,
  signal: AbortSignal,
): Promise<UnencryptedSweepReport> {
  return sweepEvents.trace(
    () => ({ manager: "DB", purpose: "encrypt", isBackground: false }),
    () => encryptRows(database, ring, signal),
    (event, report) => {
      if (report === undefined) return;
      event.changed = report.plaintext + report.v1;
      event.failed = report.undecryptableV1 + report.unusable;
    },
  );
}

async function encryptRows(
  database: OpenDatabase,
  ring: KeyRing,
  signal: AbortSignal,
): Promise<UnencryptedSweepReport> {
  const encrypt = (row: SweptRow) => encryptRow(row, ring);
  const rows = await countRowsUnder(database, null, { signal });
  const { replaced, left } = await sweepRows<Outcome>(
    database,
    { from: null, rows, to: ring.current.id, dryRun: false, encrypt },
    signal,
  );
  return {
    plaintext: replaced.get("plaintext") ?? 0,
    v1: replaced.get("v1") ?? 0,
    undecryptableV1: left.get("undecryptableV1") ?? 0,
    unusable: left.get("unusable") ?? 0,
  };
}

function encryptRow(row: SweptRow, ring: KeyRing): RowOutcome<Outcome> {
  const place = secretPlace(row.id, row.name);
  const stored = classifyStoredValue(row.value);
  // A v2 envelope without its key id was tampered with; an unknown version is not encrypted once more.
  if (stored.kind !== "plaintext" && stored.kind !== "v1") return { outcome: "unusable" };
  try {
    const json = stored.kind === "plaintext" ? stored.json : decryptValue(stored, ring, place);
    return { outcome: stored.kind, envelope: encryptValue(json, ring.current, place) };
  } catch {
    // Plaintext that is larger than any envelope, or an envelope of an unknown key.
    return { outcome: stored.kind === "plaintext" ? "unusable" : "undecryptableV1" };
  }
}
