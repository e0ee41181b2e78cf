import { setImmediate as nextTurn } from "node:timers/promises";
import type { Kysely } from "kysely";
import { secretPlace } from "../backend/secret-place.ts";
import type { Dialect } from "../database/dialect.ts";
import type { OpenDatabase } from "../database/open-database.ts";
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
 * The work list is `key_id IS NULL`, which a sealed row leaves: a sweep that was killed goes on where it was. Several
 * processes share the work, and each returns only when nothing is left, whoever did it.
 */
export async function sweepUnsealed(
  database: OpenDatabase,
  ring: KeyRing,
  signal: AbortSignal,
): Promise<SweepReport> {
  const report: SweepReport = { plaintext: 0, v1: 0, unopenedV1: 0, unusable: 0 };
  // Pages that another process works on are passed over, and waited for at the end.
  for (const lock of ["pass over", "wait"] as const) {
    report.unopenedV1 = 0;
    report.unusable = 0;
    for (let after: string | undefined = ""; after !== undefined; await nextTurn()) {
      const start: string = after;
      after = await database.dialect.transaction(database.db, signal, (transaction) =>
        sweepPage(transaction, database.dialect, ring, start, lock, report),
      );
    }
  }
  return report;
}

/** Where the next page begins. Undefined: this was the last. */
async function sweepPage(
  transaction: Kysely<SecretsSchema>,
  dialect: Dialect,
  ring: KeyRing,
  after: string,
  lock: "pass over" | "wait",
  report: SweepReport,
): Promise<string | undefined> {
  const page: UnsealedRow[] = await transaction
    .selectFrom("archestra_secrets")
    .select(["id", "name", "value"])
    .where("value", "is not", null)
    .where("key_id", "is", null)
    .where("id", ">", after)
    .orderBy("id")
    .limit(PAGE_ROWS)
    .$if(dialect.name === "postgres", (query) =>
      lock === "wait" ? query.forUpdate() : query.forUpdate().skipLocked(),
    )
    .$narrowType<{ value: string }>()
    .execute();
  const sealed = page.map((row) => ({ ...row, ...sealRow(row, ring) }));
  const changes = sealed.flatMap(({ id, value, envelope }) =>
    envelope === undefined ? [] : [{ id, value, envelope }],
  );
  const replaced = await dialect.replaceValues(transaction, changes, ring.current.id);
  for (const { id, outcome, envelope } of sealed) {
    if (envelope === undefined || replaced.has(id)) report[outcome]++;
  }
  return page.length < PAGE_ROWS ? undefined : page.at(-1)?.id;
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
