import type { OpenDatabase } from "../database/open-database.ts";
import { classifyStoredValue, encryptValue } from "../encryption/envelope.ts";
import { secretPlace } from "../encryption/envelope-place.ts";
import { decryptEnvelopeV1 } from "../encryption/envelope-v1.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { countRowsUnder } from "../keys/key-use.ts";
import { type RowOutcome, type SweptRow, sweepRows } from "./row-sweep.ts";

/** What a sweep did, and what it had to leave. */
export interface UnencryptedSweepReport {
  /** Rows with plaintext that it encrypted. */
  readonly plaintext: number;
  /** Rows with Archestra's v1 envelope that it encrypted anew. */
  readonly v1: number;
  /** v1 rows that no key of the ring opens: they stay, and fail when they are read. */
  readonly undecryptableV1: number;
  /** Rows that are neither, such as damaged envelopes: they stay, and fail when they are read. */
  readonly unusable: number;
}

type Outcome = keyof UnencryptedSweepReport;

/** Seals every row that is not sealed yet. */
export async function sweepUnencrypted(
  database: OpenDatabase,
  ring: KeyRing,
  signal: AbortSignal,
): Promise<UnencryptedSweepReport> {
  const seal = (row: SweptRow) => encryptRow(row, ring);
  const rows = await countRowsUnder(database, null, { signal });
  const { replaced, left } = await sweepRows<Outcome>(
    database,
    { from: null, rows, to: ring.current.id, dryRun: false, seal },
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
  switch (stored.kind) {
    case "plaintext":
      try {
        return { outcome: "plaintext", envelope: encryptValue(stored.json, ring.current, place) };
      } catch {
        // Larger than any envelope.
        return { outcome: "unusable" };
      }
    case "v1":
      try {
        const json = decryptEnvelopeV1(stored.envelope, ring, place);
        return { outcome: "v1", envelope: encryptValue(json, ring.current, place) };
      } catch {
        return { outcome: "undecryptableV1" };
      }
    default:
      // A v2 envelope without its key id was tampered with; an unknown version is not ours to wrap once more.
      return { outcome: "unusable" };
  }
}
