import type { Intercept } from "@archestra/test-harness/intercepted-plugin";
import { describe, expect, test } from "vitest";
import {
  finalizeMigration,
  isSecretsError,
  migrateSecrets,
  SecretsError,
  type SecretsManager,
} from "../../src/index.ts";
import { type ManagerId, TwoStores } from "../support/two-stores.ts";

const before = Object.freeze({ token: "old" });
const after = Object.freeze({ token: "new" });
const other: Record<ManagerId, ManagerId> = { MEMORY: "OUTER", OUTER: "MEMORY" };

/** `refused`: it did not happen, and the error says so. `lost` and `late`: the result is unknown, and it did or did not. */
const faults = ["refused", "lost", "late", "aborted before", "aborted after"] as const;
type Fault = (typeof faults)[number];

/** What is there before the call. */
interface Start {
  readonly what: string;
  readonly owner?: ManagerId;
  /** A copy is left at the other manager. */
  readonly copied?: boolean;
  /** The value of `OUTER` is gone, and the row is left. */
  readonly dangling?: boolean;
  /** `OUTER` has a value without a row. */
  readonly unknown?: boolean;
}

const starts: readonly Start[] = [
  { what: "nothing" },
  { what: "a secret of MEMORY", owner: "MEMORY" },
  { what: "a secret of OUTER", owner: "OUTER" },
  { what: "a secret of MEMORY with a copy", owner: "MEMORY", copied: true },
  { what: "a secret of OUTER with a copy", owner: "OUTER", copied: true },
  { what: "a row of OUTER without a value", owner: "OUTER", dangling: true },
  { what: "a row of OUTER without a value, with a copy", owner: "OUTER", copied: true, dangling: true },
  { what: "a value of OUTER without a row", unknown: true },
];

interface Change {
  readonly call: string;
  readonly run: (manager: SecretsManager, signal: AbortSignal, to: ManagerId) => Promise<unknown>;
  /** What is read when it succeeded. Absent: what was read before. */
  readonly leaves?: typeof after | "nothing";
}

const changes: readonly Change[] = [
  { call: "create", run: (m, signal) => m.create("a", after, { signal }), leaves: after },
  { call: "set", run: (m, signal) => m.set("a", after, { signal }), leaves: after },
  { call: "update", run: (m, signal) => m.update("a", after, { signal }), leaves: after },
  { call: "update by a function", run: (m, signal) => m.update("a", () => after, { signal }), leaves: after },
  {
    call: "update of a version",
    run: async (m, signal) => m.update("a", after, { signal, ifVersion: (await m.get("a"))?.version }),
    leaves: after,
  },
  { call: "delete", run: (m, signal) => m.delete("a", { signal }), leaves: "nothing" },
  {
    call: "delete of a version",
    run: async (m, signal) => m.delete("a", { signal, ifVersion: (await m.get("a"))?.version }),
    leaves: "nothing",
  },
  { call: "get", run: (m, signal) => m.get("a", { signal }) },
  { call: "has", run: (m, signal) => m.has("a", { signal }) },
  { call: "migrateSecrets", run: (m, signal, to) => migrateSecrets(m, { to, signal }) },
  { call: "finalizeMigration", run: (m, signal) => finalizeMigration(m, { signal }) },
];

describe.each(["MEMORY", "OUTER"] as const)("with %s selected", (selected) => {
  // What only OUTER knows is nobody's business while it is not selected.
  describe.each(starts.filter(({ unknown }) => unknown !== true || selected === "OUTER"))(
    "and $what",
    (start) => {
      test.each(changes)("$call reports the actual outcome whichever step fails", async (change) => {
        const steps = await callWithFault(selected, start, change, undefined);
        for (let step = 0; step < steps; step++) {
          for (const fault of faults) await callWithFault(selected, start, change, { step, fault });
        }
      });
    },
  );
});

/** @returns how many steps the call took */
async function callWithFault(
  selected: ManagerId,
  start: Start,
  change: Change,
  failing: { readonly step: number; readonly fault: Fault } | undefined,
): Promise<number> {
  const stores = await storesFor(start);
  const controller = new AbortController();
  const steps: string[] = [];
  let isCounting = false;
  const intercept: Intercept = async ({ plugin, method, args }, run) => {
    if (!isCounting) return run();
    steps.push(`${plugin}.${method}`);
    const fault = failing?.step === steps.length - 1 ? failing.fault : undefined;
    const isChange = /write|delete|claim|advance|remove/.test(method);
    if (fault === "refused" || (!isChange && (fault === "lost" || fault === "late"))) {
      throw new SecretsError("UNAVAILABLE", "It is down.");
    }
    if (fault === "lost") await run();
    if (fault === "lost" || fault === "late")
      throw new SecretsError("OUTCOME_UNKNOWN", "The answer is lost.");
    if (fault === "aborted before") controller.abort();
    (args.at(-1) as { readonly signal: AbortSignal }).signal.throwIfAborted();
    const result = await run();
    if (fault === "aborted after") controller.abort();
    return result;
  };
  const manager = await stores.open(selected, { intercept });
  isCounting = true;
  const { owner, dangling = false, unknown = false } = start;
  const outcome = await change
    .run(manager, controller.signal, owner === undefined ? "MEMORY" : other[owner])
    .then(codeOfReport, (error: unknown) => (isSecretsError(error) ? error.code : error));
  // An aborted call continues until its entry is in a final state.
  await manager.close();
  await new Promise((resolve) => setImmediate(resolve));
  isCounting = false;

  const failed = failing === undefined ? "without a fault" : `${failing.fault} at ${steps[failing.step]}`;
  const at = `${failed} of ${steps.join(", ")}: ${outcome}`;
  const isTableAtFault = failing !== undefined && steps[failing.step]?.includes("ownership.") === true;
  if (!isTableAtFault && outcome !== "OUTCOME_UNKNOWN") {
    const rows = stores.table.rows.filter(({ state }) => state !== "active");
    expect(rows, `rows in transition, ${at}`).toEqual([]);
  }
  const past = unknown || (owner !== undefined && !dangling) ? before : undefined;
  const { leaves = past } = change;
  const left = leaves === "nothing" ? undefined : leaves;
  const allowed = outcome === "OK" ? [left] : outcome === "OUTCOME_UNKNOWN" ? [past, left] : [past];
  for (const when of ["at once", "once it is old"]) {
    for (const id of [selected, other[selected]]) {
      const reader = await stores.open(id);
      const secret = await reader.get("a");
      expect(allowed, `what ${id} reads ${when}, ${at}`).toContainEqual(secret?.value);
      expect(await reader.has("a"), `what ${id} has ${when}, ${at}`).toBe(secret !== undefined);
    }
    stores.age();
  }
  await (await stores.open("OUTER")).delete("a");
  expect(stores.contents, `what is left after a deletion, ${at}`).toEqual({ rows: [], outer: [] });
  return steps.length;
}

/** What is wrong with one secret stands in the report of those that work through many. */
function codeOfReport(answer: unknown): string {
  const { failures = [] } = Object(answer) as {
    readonly failures?: readonly { readonly error: SecretsError }[];
  };
  return failures[0]?.error.code ?? "OK";
}

async function storesFor({ owner, copied, dangling, unknown }: Start): Promise<TwoStores> {
  const stores = new TwoStores();
  if (unknown) stores.outer.insert("a", { manager: "MEMORY", state: "active" }, before);
  if (owner === undefined) return stores;
  const manager = await stores.open(copied ? other[owner] : owner);
  await manager.create("a", before);
  if (copied) await migrateSecrets(manager, { to: owner });
  if (dangling) stores.outer.remove("a");
  return stores;
}
