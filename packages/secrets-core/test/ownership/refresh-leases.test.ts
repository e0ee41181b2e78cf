import { afterEach, describe, expect, test, vi } from "vitest";
import { isSecretsError, unstoredValue } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { TokenIssuer } from "../support/token-issuer.ts";
import { type ManagerId, TwoStores } from "../support/two-stores.ts";
import { waitingCall } from "../support/waiting-call.ts";

const owners = ["MEMORY", "OUTER"] as const;
const LEASE = 1_000;

afterEach(() => vi.restoreAllMocks());

/** The expired secret `a` of this owner, which a process is refreshing. */
async function refreshing(owner: ManagerId, { timeout = 30_000, lease = 600_000 } = {}) {
  const stores = new TwoStores();
  const issuer = new TokenIssuer();
  const holder = await stores.open(owner, { timeout });
  await holder.create("a", issuer.first);
  issuer.expire();
  const held = issuer.hold();
  const call = holder.refresh("a", issuer.options({ lease }));
  call.catch(() => undefined);
  const signal = await held.begun;
  return { stores, issuer, held, holder, call, signal };
}

/** The entry of `a`, as the table has it. */
function entryOf({ table }: TwoStores) {
  const entry = table.find("a");
  if (entry === undefined) throw new Error("There is no entry.");
  return entry;
}

/** Makes the lease of `a` end, as it does when the holder is suspended. */
function endLease(stores: TwoStores): void {
  stores.age();
}

describe.each(owners)("the lease of a refresh of a secret of %s", (owner) => {
  test("is in the id of the transition, for every process to read", async () => {
    const { stores, held, call } = await refreshing(owner, { lease: 45_000 });
    expect(entryOf(stores)).toMatchObject({
      state: "refreshing",
      transitionId: expect.stringMatching(/^lease-45000-[0-9a-f-]{36}$/),
    });
    held.release();
    await call;
  });

  test("is 30 seconds without the option", async () => {
    const stores = new TwoStores();
    const issuer = new TokenIssuer();
    const manager = await stores.open(owner);
    await manager.create("a", issuer.first);
    issuer.expire();
    const held = issuer.hold();
    const call = manager.refresh("a", issuer.options());
    await held.begun;
    expect(entryOf(stores).transitionId).toMatch(/^lease-30000-/);
    held.release();
    await call;
  });

  test("is renewed while the function runs: another process waits longer than the lease", async () => {
    const { stores, issuer, held, call } = await refreshing(owner, { lease: LEASE });
    const renewed = Promise.withResolvers<void>();
    const startedAt = entryOf(stores).transitionStartedAt?.getTime() ?? 0;
    const replace = stores.table.replace.bind(stores.table);
    vi.spyOn(stores.table, "replace").mockImplementation((row, columns) => {
      const age = (columns.transitionStartedAt?.getTime() ?? 0) - startedAt;
      if (columns.state === "refreshing" && age > 2 * LEASE) renewed.resolve();
      return replace(row, columns);
    });
    const other = await waitingCall(stores, owner, (manager) => manager.refresh("a", issuer.options()));
    await renewed.promise;
    held.release();
    expect((await call).value).toEqual(issuer.latest);
    expect((await other.call).value).toEqual(issuer.latest);
    expect(issuer.presented).toEqual([0]);
  });

  test("ends with the deadline of the call, when the function does not end", async () => {
    const { stores, issuer, call } = await refreshing(owner, { lease: LEASE, timeout: 2_000 });
    expect((await failure(call)).code).toBe("OUTCOME_UNKNOWN");
    // It waits until the lease has ended, and takes over.
    const manager = await stores.open(owner);
    expect((await manager.refresh("a", issuer.options())).value).toEqual(issuer.latest);
  });

  test("that has ended lets another process take over in one transition", async () => {
    const { stores, issuer } = await refreshing(owner);
    const before = entryOf(stores).transitionId;
    endLease(stores);
    const states: unknown[] = [];
    const manager = await stores.open(owner, {
      intercept: ({ method, args }, run) => {
        if (method === "ownership.advance") states.push((args[1] as { state: string }).state);
        return run();
      },
    });
    // The start has completed it.
    expect(entryOf(stores).state).toBe("active");
    states.splice(0);
    stores.table.replace(entryOf(stores), {
      state: "refreshing",
      transitionId: before,
      transitionStartedAt: new Date(0),
    });
    expect((await manager.refresh("a", issuer.options())).value).toEqual(issuer.latest);
    expect(states).toEqual(["refreshing", "active"]);
    expect(entryOf(stores).transitionId).toBeUndefined();
  });

  test("that is lost aborts the signal of the function within a third of it, with the reason", async () => {
    const { stores, signal, held, call } = await refreshing(owner, { lease: LEASE });
    stores.table.replace(entryOf(stores), { transitionId: "lease-1000-of-another-process" });
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    expect(isSecretsError(signal.reason, "CONFLICT")).toBe(true);
    expect(signal.reason).toMatchObject({ reason: "REFRESH_OVERTAKEN" });
    held.release(signal.reason);
    expect(await failure(call)).toMatchObject({ code: "CONFLICT", reason: "REFRESH_OVERTAKEN" });
  });

  test("a holder that was suspended past it does not write over its successor, and hands over its value", async () => {
    const { stores, issuer, held, call } = await refreshing(owner);
    endLease(stores);
    const successor = await stores.open(owner);
    const value = { generation: 7, token: "of the successor" };
    await successor.refresh("a", { isFresh: () => false, refresh: () => value });
    held.release();

    const error = await failure(call);
    expect(error).toMatchObject({ code: "CONFLICT", reason: "REFRESH_OVERTAKEN", retryable: false });
    expect(unstoredValue(error)).toEqual(issuer.latest);
    expect((await successor.get("a"))?.value).toEqual(value);
    expect(entryOf(stores).state).toBe("active");
  });

  test("a holder that was suspended past it does not write during the attempt of its successor", async () => {
    const { stores, issuer, held, call } = await refreshing(owner);
    endLease(stores);
    const successor = await stores.open(owner);
    const other = new TokenIssuer();
    const next = other.hold();
    const later = successor.refresh("a", other.options({ isFresh: () => false }));
    await next.begun;
    held.release();

    expect(unstoredValue(await failure(call))).toEqual(issuer.latest);
    expect(entryOf(stores).state).toBe("refreshing");
    next.release();
    expect((await later).value).toEqual(other.latest);
    expect((await successor.get("a"))?.value).toEqual(other.latest);
  });

  test("a holder that was suspended past it does not revive a deleted secret", async () => {
    const { stores, issuer, held, call } = await refreshing(owner);
    endLease(stores);
    const other = await stores.open(owner);
    expect(await other.delete("a")).toBe(true);
    held.release();
    expect(unstoredValue(await failure(call))).toEqual(issuer.latest);
    expect(stores.contents).toEqual({ rows: [], outer: [] });
  });

  test("a waiting process takes over from a holder that died, and does not report it as failed", async () => {
    const { stores, issuer } = await refreshing(owner);
    const other = await waitingCall(stores, owner, (manager) => manager.refresh("a", issuer.options()));
    endLease(stores);
    expect((await other.call).value).toEqual(issuer.latest);
    expect(issuer.presented).toEqual([0, 0]);
  });

  test("set() of another process takes over when it has ended", async () => {
    const { stores, held, call, issuer } = await refreshing(owner);
    const value = { generation: 7, token: "of a login" };
    const other = await waitingCall(stores, owner, (manager) => manager.set("a", value));
    endLease(stores);
    await other.call;
    held.release();
    expect(unstoredValue(await failure(call))).toEqual(issuer.latest);
    expect((await other.manager.get("a"))?.value).toEqual(value);
  });
});
