import { setImmediate as nextTurn } from "node:timers/promises";
import type { Kysely } from "kysely";
import { secretPlace } from "../backend/secret-place.ts";
import { retryWhenBusy } from "../database/retry-when-busy.ts";
import { inWriteTransaction } from "../database/write-transaction.ts";
import { openEnvelopeV1 } from "../encryption/envelope-v1.ts";
import { sealEnvelope } from "../encryption/envelope-v2.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { classifyStoredValue } from "../encryption/stored-value.ts";
import type { SecretsSchema } from "../schema/tables.ts";

/** What a sweep did, and what it had to leave. */
export interface SweepReport {
  /** Rows with plaintext that it encrypted. */
  plaintext: number;
  /** Rows with Archestra's v1 envelope that it encrypted anew. */
  v1: number;
  /** v1 rows that no key of the ring opens: they stay, and fail when they are read. */
  unopenedV1: number;
  /** Rows that are neither, such as damaged envelopes: they stay, and fail when they are read. */
  unusable: number;
}

interface UnsealedRow {
  readonly id: string;
  readonly name: string;
  readonly value: string;
}

const PAGE_ROWS = 200;

/**
 * Seals every row that is not sealed yet, under live readers and writers: a page is one short transaction, and a row
 * that somebody changed since it was read is left as it is, because every writer seals.
 *
 * The work list is `key_id IS NULL`, which a sealed row leaves: a sweep that was killed goes on where it was.
 */
export async function sweepUnsealed(
  db: Kysely<SecretsSchema>,
  ring: KeyRing,
  signal: AbortSignal,
): Promise<SweepReport> {
  const report: SweepReport = { plaintext: 0, v1: 0, unopenedV1: 0, unusable: 0 };
  let after: string | undefined;
  for (;;) {
    const page = await retryWhenBusy({ signal }, () => readPage(db, after, PAGE_ROWS));
    if (page.length === 0) return report;
    after = page.at(-1)?.id;
    const sealed = page.map((row) => ({ row, ...sealRow(row, ring) }));
    const written = await writePage(db, sealed, ring, signal);
    for (const { outcome, row } of sealed) {
      if (outcome === "unopenedV1" || outcome === "unusable" || written.has(row.id)) report[outcome]++;
    }
    await nextTurn();
  }
}

async function readPage(
  db: Kysely<SecretsSchema>,
  after: string | undefined,
  limit: number,
): Promise<UnsealedRow[]> {
  return db
    .selectFrom("archestra_secrets")
    .select(["id", "name", "value"])
    .where("value", "is not", null)
    .where("key_id", "is", null)
    .$if(after !== undefined, (query) => query.where("id", ">", after ?? ""))
    .orderBy("id")
    .limit(limit)
    .$narrowType<{ value: string }>()
    .execute();
}

function sealRow(
  row: UnsealedRow,
  ring: KeyRing,
): { readonly outcome: keyof SweepReport; readonly envelope?: string } {
  const place = secretPlace(row.id, row.name);
  const stored = classifyStoredValue(row.value);
  switch (stored.kind) {
    case "plaintext":
      try {
        return { outcome: "plaintext", envelope: sealEnvelope(stored.json, ring.current, place) };
      } catch {
        // Larger than any envelope.
        return { outcome: "unusable" };
      }
    case "v1":
      try {
        const json = openEnvelopeV1(stored.envelope, ring, place);
        return { outcome: "v1", envelope: sealEnvelope(json, ring.current, place) };
      } catch {
        return { outcome: "unopenedV1" };
      }
    default:
      // A v2 envelope without its key id was tampered with; an unknown version is not ours to wrap once more.
      return { outcome: "unusable" };
  }
}

/** The ids of the rows that still held what was read and are sealed now. */
async function writePage(
  db: Kysely<SecretsSchema>,
  sealed: readonly { readonly row: UnsealedRow; readonly envelope?: string }[],
  ring: KeyRing,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const changes = sealed.flatMap(({ row, envelope }) => (envelope === undefined ? [] : [{ row, envelope }]));
  if (changes.length === 0) return new Set();
  return inWriteTransaction(db, signal, async (connection) => {
    const written = new Set<string>();
    for (const { row, envelope } of changes) {
      const { numUpdatedRows } = await connection
        .updateTable("archestra_secrets")
        .set({ value: envelope, key_id: ring.current.id })
        .where("id", "=", row.id)
        .where("value", "=", row.value)
        .where("key_id", "is", null)
        .executeTakeFirst();
      if (numUpdatedRows > 0n) written.add(row.id);
    }
    return written;
  });
}
