import { afterEach, describe, expect, test, vi } from "vitest";
import type { EntryState } from "../../src/ownership.ts";
import { failure } from "../support/failure.ts";
import { SuspendedProcess } from "../support/suspended-process.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "old" });

/**
 * What the design promises of each state, for an entry whose owner is an external manager. `read`: whether readers return
 * the owner's value. `stale`: what is left of the entry after recovery, with a value at the owner and without one.
 */
const promised: Readonly<
  Record<
    EntryState,
    {
      readonly read: boolean;
      readonly write: "proceeds" | "waits" | "waits briefly";
      readonly stale: readonly [withValue: "active" | "gone", withoutValue: "active" | "gone"];
    }
  >
> = {
  active: { read: true, write: "proceeds", stale: ["active", "active"] },
  creating: { read: true, write: "waits briefly", stale: ["active", "gone"] },
  adopting: { read: true, write: "waits", stale: ["active", "gone"] },
  locked: { read: true, write: "waits", stale: ["active", "active"] },
  moving: { read: true, write: "waits", stale: ["active", "active"] },
  refreshing: { read: true, write: "waits", stale: ["active", "active"] },
  deleting: { read: false, write: "waits briefly", stale: ["gone", "gone"] },
};

function storesWith(state: EntryState, hasValue: boolean): TwoStores {
  const stores = new TwoStores();
  if (hasValue) stores.outer.insert("a", { manager: "MEMORY", state: "active" }, value);
  const transition = state === "active" ? {} : { transitionId: "of another process" };
  const copy = state === "moving" ? { copy: { manager: "MEMORY" } } : {};
  stores.table.insert("a", { manager: "OUTER", state, path: "outer/a", ...transition, ...copy }, undefined);
  return stores;
}

afterEach(() => vi.restoreAllMocks());

/** Lets the process believe that so many milliseconds have passed. */
function skipTime(milliseconds: number): void {
  const clock = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => clock() + milliseconds);
}

describe.each(Object.entries(promised) as [EntryState, (typeof promised)[EntryState]][])(
  "an entry in the state %s",
  (state, { read, write, stale }) => {
    test.each(["MEMORY", "OUTER"] as const)("is read as the state says (%s selected)", async (selected) => {
      const manager = await storesWith(state, true).open(selected);
      expect((await manager.get("a"))?.value).toEqual(read ? value : undefined);
      expect(await manager.has("a")).toBe(read);
      const result = (await manager.getMany(["a"])).get("a");
      expect(result?.status).toBe(read ? "found" : "absent");
    });

    test("is written as the state says", async () => {
      const stores = storesWith(state, true);
      const process = new SuspendedProcess();
      const manager = await stores.open("OUTER", { intercept: process.intercept });
      const suspended = process.suspendAt(({ method }) => method === "ownership.find");
      const setting = manager.set("a", { token: "new" });
      await suspended;
      // Longer than a brief wait, and the entry is not stale.
      skipTime(10_000);
      const isWaiting = process.resume();
      if (write === "waits briefly") {
        expect(await failure(setting)).toMatchObject({ code: "CONFLICT", reason: "IN_TRANSITION" });
        expect(stores.outer.find("a")?.value).toEqual(value);
        return;
      }
      if (write === "waits") {
        await isWaiting;
        const entry = stores.table.find("a");
        if (entry !== undefined) stores.table.replace(entry, { state: "active", transitionId: undefined });
      }
      expect((await setting).manager).toBe("OUTER");
      expect(stores.outer.find("a")?.value).toEqual({ token: "new" });
    });

    test.each([true, false])(
      "is recovered as the state says when it is stale (value: %s)",
      async (hasValue) => {
        const stores = storesWith(state, hasValue);
        stores.age();
        await stores.open("MEMORY");
        const left = stores.table.find("a")?.state ?? "gone";
        expect(left).toBe(hasValue ? stale[0] : stale[1]);
        expect(stores.outer.find("a")?.value).toEqual(hasValue && left === "active" ? value : undefined);
      },
    );
  },
);

describe("a `refreshing` entry with a lease", () => {
  const leased = (age: number): TwoStores => {
    const stores = storesWith("refreshing", true);
    const entry = stores.table.find("a");
    if (entry === undefined) throw new Error("There is no entry.");
    stores.table.replace(entry, {
      transitionId: "lease-5000-of-another-process",
      transitionStartedAt: new Date(Date.now() - age),
    });
    return stores;
  };

  test("is stale when its lease has ended, long before the recovery age", async () => {
    const stores = leased(5_000);
    await stores.open("MEMORY");
    expect(stores.table.find("a")).toMatchObject({ state: "active", transitionId: undefined });
    expect(stores.outer.find("a")?.value).toEqual(value);
  });

  test("is not stale before", async () => {
    const stores = leased(0);
    await stores.open("MEMORY");
    expect(stores.table.find("a")).toMatchObject({ transitionId: "lease-5000-of-another-process" });
  });

  test("is not stale before, even when it is older than the recovery age", async () => {
    const stores = leased(400_000);
    const entry = stores.table.find("a");
    if (entry === undefined) throw new Error("There is no entry.");
    stores.table.replace(entry, { transitionId: "lease-600000-of-another-process" });
    await stores.open("MEMORY");
    expect(stores.table.find("a")?.state).toBe("refreshing");
  });

  test.each(["lease-5-x", "lease-05000-x", "lease-5000x", "5000", "of another process"])(
    "has the recovery age when its transition id is %s",
    async (transitionId) => {
      const stores = leased(5_000);
      const entry = stores.table.find("a");
      if (entry === undefined) throw new Error("There is no entry.");
      stores.table.replace(entry, { transitionId });
      await stores.open("MEMORY");
      expect(stores.table.find("a")?.state).toBe("refreshing");
    },
  );
});
