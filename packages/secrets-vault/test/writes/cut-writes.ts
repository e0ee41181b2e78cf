import { isSecretsError, type SecretsManager } from "@archestra/secrets-core";
import { SeededRandom } from "@archestra/test-harness/seeded-random";
import type { CutMoment } from "@archestra/test-servers/cutting-proxy";
import { expect } from "vitest";
import { changeOf, faultyVault, HALF_DELETED, secondManager } from "../support/faulty-vault.ts";

/** The results that callers of cut writes received, and how often. */
export interface CutReport {
  /** The write happened, and they received that. */
  acknowledged: number;
  /** They received that the outcome is unknown. */
  unknown: number;
  /** Of these, writes that had happened. */
  unknownAndMade: number;
  /** Of these, deletions that had ended half-way. */
  unknownAndHalfMade: number;
  /** They received that nothing happened. */
  refused: number;
  /** How often the connection was cut. */
  cuts: number;
}

const moments: readonly [CutMoment, ...CutMoment[]] = [
  "before",
  "in-request",
  "after",
  0,
  1,
  2,
  3,
  "answered",
  "in-answer",
  "held",
];

interface CutWrite {
  readonly name: string;
  readonly kind: string;
  readonly outcome: string;
  /** What the store must hold: the value, undefined for none; absent when the outcome is unknown. */
  readonly expected?: { readonly value: unknown };
}

const UNTOUCHED = { n: 0 };

/**
 * Breaks the connection at random moments of random writes, deletions included, up to three times each, and holds what
 * the callers received against what Vault holds afterwards, right after and again at the end.
 */
export async function cutWrites(kv: 1 | 2, times: number, seed: number): Promise<CutReport> {
  const random = new SeededRandom(seed);
  const { server, proxy, manager, store } = await faultyVault({ kv, timeout: 2_000 });
  const other = await secondManager(server, kv);
  const kinds: readonly [WriteKind, ...WriteKind[]] = kv === 1 ? anyKv : [...anyKv, ...kv2Only];
  const report: CutReport = {
    acknowledged: 0,
    unknown: 0,
    unknownAndMade: 0,
    unknownAndHalfMade: 0,
    refused: 0,
    cuts: 0,
  };
  const writes: CutWrite[] = [];
  for (let n = 1; n <= times; n++) {
    const kind = random.of(kinds);
    const name = `cut/${n}`;
    if (kind.exists) await store.put(name, UNTOUCHED);
    const version = kind.exists ? (await other.get(name))?.version : undefined;
    const before = kind.exists ? UNTOUCHED : undefined;
    const after = kind.deletes ? undefined : { n };
    const moment = random.of(moments);
    proxy.cutAt(kind.deletes ? changeOf.delete : changeOf.write, moment, 1 + random.below(3));
    // What is held is given up by its caller, who would else wait for the deadline.
    const controller = new AbortController();
    void proxy.nextCut().then(() => moment === "held" && controller.abort());
    const outcome = await kind.run(manager, { name, n, version, signal: controller.signal }).then(
      () => "acknowledged",
      (error: unknown) => (isSecretsError(error) ? error.code : `not ours: ${error}`),
    );
    await proxy.heal();
    const expected =
      outcome === "acknowledged"
        ? { value: after }
        : outcome === "OUTCOME_UNKNOWN"
          ? undefined
          : { value: before };
    const write = { name, kind: kind.kind, outcome, ...(expected === undefined ? {} : { expected }) };
    writes.push(write);
    const stored = await store.value(name);
    const context = `${write.kind} of ${name}, cut ${moment}, reported as ${outcome}`;
    if (expected === undefined) {
      report.unknown++;
      if (stored === HALF_DELETED && kind.deletes) {
        report.unknownAndHalfMade++;
        // The next deletion mends it.
        await other.delete(name);
        expect(await store.value(name), context).toBeUndefined();
      } else {
        expect([before, after], context).toContainEqual(stored);
        if (JSON.stringify(stored) === JSON.stringify(after)) report.unknownAndMade++;
      }
    } else {
      expect(stored, context).toEqual(expected.value);
      if (outcome === "acknowledged") report.acknowledged++;
      else report.refused++;
      // The one writer of the name is told neither that it exists nor that it is gone.
      if (outcome !== "acknowledged")
        expect(["ABORTED", "UNAVAILABLE", "TIMEOUT"], context).toContain(outcome);
    }
    // Where the versions can be counted, no write was made twice.
    if (kv === 2 && outcome === "acknowledged" && !kind.deletes)
      expect(await store.counter(name), context).toBe(kind.exists ? 2 : 1);
  }
  for (const { name, kind, outcome, expected } of writes) {
    if (expected !== undefined)
      expect(await store.value(name), `${kind} of ${name}, reported as ${outcome}, at the end`).toEqual(
        expected.value,
      );
  }
  report.cuts = proxy.cuts;
  return report;
}

interface CallOfKind {
  readonly name: string;
  readonly n: number;
  readonly version: string | undefined;
  readonly signal: AbortSignal;
}

interface WriteKind {
  readonly kind: string;
  readonly exists: boolean;
  readonly deletes?: boolean;
  run(manager: SecretsManager, call: CallOfKind): Promise<unknown>;
}

const anyKv: readonly [WriteKind, ...WriteKind[]] = [
  {
    kind: "create",
    exists: false,
    run: (manager, { name, n, signal }) => manager.create(name, { n }, { signal }),
  },
  { kind: "set", exists: false, run: (manager, { name, n, signal }) => manager.set(name, { n }, { signal }) },
  { kind: "set", exists: true, run: (manager, { name, n, signal }) => manager.set(name, { n }, { signal }) },
  {
    kind: "update",
    exists: true,
    run: (manager, { name, n, signal }) => manager.update(name, { n }, { signal }),
  },
  {
    kind: "update by a function",
    exists: true,
    run: (manager, { name, n, signal }) => manager.update(name, () => ({ n }), { signal }),
  },
  {
    kind: "delete",
    exists: true,
    deletes: true,
    run: (manager, { name, signal }) => manager.delete(name, { signal }),
  },
];

const kv2Only: readonly WriteKind[] = [
  {
    kind: "update under a version",
    exists: true,
    run: (manager, { name, n, version = "", signal }) =>
      manager.update(name, { n }, { ifVersion: version, signal }),
  },
  {
    kind: "delete under a version",
    exists: true,
    deletes: true,
    run: (manager, { name, version = "", signal }) => manager.delete(name, { ifVersion: version, signal }),
  },
];
