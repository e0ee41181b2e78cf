import { describe, expect, test } from "vitest";
import { finalizeMigration, migrateSecrets, type SecretsManager } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { SuspendedProcess } from "../support/suspended-process.ts";
import { TokenIssuer } from "../support/token-issuer.ts";
import { type ManagerId, TwoStores } from "../support/two-stores.ts";
import { waitingCall } from "../support/waiting-call.ts";

const owners = ["MEMORY", "OUTER"] as const;

/** The secret `a` of this owner, expired, with the exchange that its refresh waits for. */
async function refreshing(owner: ManagerId) {
  const stores = new TwoStores();
  const issuer = new TokenIssuer();
  const holder = await stores.open(owner);
  await holder.create("a", issuer.first);
  issuer.expire();
  const held = issuer.hold();
  const call = holder.refresh("a", issuer.options());
  await held.begun;
  return { stores, issuer, held, call };
}

describe.each(owners)("a secret of %s", (owner) => {
  describe.each(owners)("in processes with %s selected", (selected) => {
    test("is refreshed once, by one of many callers in many processes", async () => {
      const stores = new TwoStores();
      const issuer = new TokenIssuer();
      await (await stores.open(owner)).create("a", issuer.first);
      const managers: SecretsManager[] = [];
      for (let index = 0; index < 8; index++) managers.push(await stores.open(selected));
      for (let expiry = 1; expiry <= 3; expiry++) {
        issuer.expire();
        const calls = managers.flatMap((manager) =>
          [1, 2, 3].map(() => manager.refresh("a", issuer.options())),
        );
        for (const { value, manager } of await Promise.all(calls)) {
          expect(value).toEqual(issuer.latest);
          expect(manager).toBe(owner);
        }
      }
      expect(issuer.presented).toEqual([0, 1, 2]);
      expect(issuer.mostAtOnce).toBe(1);
      expect(stores.table.find("a")).toMatchObject({ state: "active", transitionId: undefined });
    });

    test("is read, listed and counted with its present value meanwhile", async () => {
      const { stores, issuer, held, call } = await refreshing(owner);
      const reader = await stores.open(selected);
      expect((await reader.get("a"))?.value).toEqual(issuer.first);
      expect(await reader.has("a")).toBe(true);
      expect((await reader.getMany(["a"])).get("a")?.status).toBe("found");
      expect(await Array.fromAsync(reader.list(), ({ name }) => name)).toEqual(["a"]);
      expect((await reader.check({ count: true })).count).toBe(1);
      held.release();
      await call;
      expect((await reader.get("a"))?.value).toEqual(issuer.latest);
    });

    test("is awaited by another process, which receives what was stored", async () => {
      const { stores, issuer, held, call } = await refreshing(owner);
      const other = await waitingCall(stores, selected, (manager) => manager.refresh("a", issuer.options()));
      held.release();
      expect((await other.call).value).toEqual(issuer.latest);
      expect(await call).toEqual(await other.call);
      expect(issuer.presented).toEqual([0]);
    });

    test("is not refreshed again by a waiting process that is not content with the new value", async () => {
      const { stores, issuer, held, call } = await refreshing(owner);
      const other = await waitingCall(stores, selected, (manager) =>
        manager.refresh("a", issuer.options({ isFresh: () => false })),
      );
      held.release();
      expect((await other.call).value).toEqual(issuer.latest);
      expect(issuer.presented).toEqual([0]);
      await call;
    });

    test("that is refreshed between two reads of a waiting process is not reported as failed", async () => {
      const { stores, issuer, held, call } = await refreshing(owner);
      const process = new SuspendedProcess();
      const other = await stores.open(selected, { intercept: process.intercept });
      // It has seen the entry, and has not read the value yet.
      const isSuspended = process.suspendAt(({ method }, index) => index > 2 && method === "ownership.read");
      const waits = other.refresh("a", issuer.options({ isFresh: () => false }));
      await isSuspended;
      held.release();
      await call;
      process.resume();
      expect((await waits).value).toEqual(issuer.latest);
    });

    test("set() waits, and then replaces the new value", async () => {
      const { stores, issuer, held, call } = await refreshing(owner);
      const value = { generation: 7, token: "of a login" };
      const other = await waitingCall(stores, selected, (manager) => manager.set("a", value));
      held.release();
      expect((await call).value).toEqual(issuer.latest);
      expect((await other.call).manager).toBe(owner);
      expect((await other.manager.get("a"))?.value).toEqual(value);
    });

    test("update() with a function waits, and receives the new value", async () => {
      const { stores, issuer, held, call } = await refreshing(owner);
      const other = await waitingCall(stores, selected, (manager) =>
        manager.update("a", (current) => ({ ...current, scope: "repo" })),
      );
      held.release();
      const { value } = await call;
      await other.call;
      expect((await other.manager.get("a"))?.value).toEqual({ ...value, scope: "repo" });
      expect(value).toEqual(issuer.latest);
    });

    test("update() of the version before the refresh waits, and is CONFLICT", async () => {
      const { stores, issuer, held, call } = await refreshing(owner);
      const ifVersion = (await (await stores.open(selected)).get("a"))?.version;
      const other = await waitingCall(stores, selected, (manager) =>
        failure(manager.update("a", { generation: 7 }, { ifVersion })),
      );
      held.release();
      await call;
      expect((await other.call).code).toBe("CONFLICT");
      expect((await other.manager.get("a"))?.value).toEqual(issuer.latest);
    });

    test("delete() waits, and then deletes it", async () => {
      const { stores, issuer, held, call } = await refreshing(owner);
      const other = await waitingCall(stores, selected, (manager) => manager.delete("a"));
      held.release();
      expect((await call).value).toEqual(issuer.latest);
      expect(await other.call).toBe(true);
      expect(stores.contents).toEqual({ rows: [], outer: [] });
    });

    test("create() is ALREADY_EXISTS at once", async () => {
      const { stores, held, call } = await refreshing(owner);
      const manager = await stores.open(selected);
      expect((await failure(manager.create("a", { generation: 7 }))).code).toBe("ALREADY_EXISTS");
      held.release();
      await call;
    });

    test("a writer that waits in vain is CONFLICT, reason IN_TRANSITION", async () => {
      const { stores, held, call } = await refreshing(owner);
      const manager = await stores.open(selected, { timeout: 1_000 });
      expect(await failure(manager.set("a", { generation: 7 }))).toMatchObject({
        code: "CONFLICT",
        reason: "IN_TRANSITION",
        retryable: true,
      });
      held.release();
      await call;
    });

    test("a refresh that waits in vain is CONFLICT, reason IN_TRANSITION", async () => {
      const { stores, issuer, held, call } = await refreshing(owner);
      const manager = await stores.open(selected, { timeout: 1_000 });
      expect(await failure(manager.refresh("a", issuer.options()))).toMatchObject({
        code: "CONFLICT",
        reason: "IN_TRANSITION",
      });
      held.release();
      await call;
      expect(issuer.presented).toEqual([0]);
    });

    test("a move waits, and moves the new value", async () => {
      const { stores, issuer, held, call } = await refreshing(owner);
      const to = owner === "MEMORY" ? "OUTER" : "MEMORY";
      const move = await waitingCall(stores, selected, (manager) => migrateSecrets(manager, { to }));
      held.release();
      expect((await call).value).toEqual(issuer.latest);
      expect(await move.call).toMatchObject({ done: 1, failed: 0 });
      expect(await move.manager.get("a")).toMatchObject({ manager: to, value: issuer.latest });
      await finalizeMigration(move.manager);
      issuer.expire();
      expect(await move.manager.refresh("a", issuer.options())).toMatchObject({
        manager: to,
        value: issuer.latest,
      });
    });
  });
});

test.each(owners)(
  "a call that joins a refresh of %s does not return a value that was replaced before it began",
  async (owner) => {
    const stores = new TwoStores();
    const issuer = new TokenIssuer();
    const [process, other] = [new SuspendedProcess(), await stores.open(owner)];
    const manager = await stores.open(owner, { intercept: process.intercept });
    await manager.create("a", issuer.first);
    issuer.expire();
    const exchange = issuer.hold();
    const first = manager.refresh("a", issuer.options());
    await exchange.begun;
    // The new value is stored, and this process has not received the answer to its last step.
    const isLast = owner === "MEMORY" ? "ownership.read" : "ownership.advance";
    const isSuspended = process.suspendAt(({ method }) => method === isLast);
    exchange.release();
    await isSuspended;
    if (owner === "OUTER") {
      const entry = stores.table.find("a");
      if (entry === undefined) throw new Error("There is no entry.");
      stores.table.replace(entry, { state: "active", transitionId: undefined });
    }
    const login = { generation: 7, token: "of a login" };
    await other.set("a", login);
    const joined = manager.refresh("a", issuer.options({ isFresh: ({ generation }) => generation === 7 }));
    await new Promise((resolve) => setImmediate(resolve));
    process.resume();

    expect((await first).value).toEqual(issuer.latest);
    expect((await joined).value).toEqual(login);
  },
);

test("a secret without an entry is adopted, and refreshed", async () => {
  const issuer = new TokenIssuer();
  const stores = TwoStores.withUnknown(issuer.first);
  const manager = await stores.open("OUTER");
  issuer.expire();
  const secret = await manager.refresh("a", issuer.options());
  expect(secret).toMatchObject({ manager: "OUTER", value: issuer.latest });
  expect(stores.outer.find("a")?.value).toEqual(issuer.latest);
  expect(stores.table.find("a")).toMatchObject({ manager: "OUTER", state: "active" });
});

test.each(owners)("a refresh of a secret of %s that meets a move waits for its end", async (owner) => {
  const stores = new TwoStores();
  const issuer = new TokenIssuer();
  await (await stores.open(owner)).create("a", issuer.first);
  issuer.expire();
  const row = stores.table.find("a");
  if (row === undefined) throw new Error("There is no row.");
  stores.table.replace(row, { state: "moving", transitionId: "theirs", transitionStartedAt: new Date() });
  const other = await waitingCall(stores, owner, (manager) => manager.refresh("a", issuer.options()));
  expect(issuer.presented).toEqual([]);
  stores.table.replace(row, { state: "active" });

  expect((await other.call).value).toEqual(issuer.latest);
  expect(issuer.presented).toEqual([0]);
});
