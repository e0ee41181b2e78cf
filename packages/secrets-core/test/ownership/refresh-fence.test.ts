import { describe, expect, test } from "vitest";
import { isSecretsError, type SecretsManager, unstoredValue } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { SuspendedProcess } from "../support/suspended-process.ts";
import { TokenIssuer } from "../support/token-issuer.ts";
import { type ManagerId, TwoStores } from "../support/two-stores.ts";

const login = { generation: 7, token: "of a login" };

/** Writes that may have read the entry before a refresh begins, and write after it. */
const writes: readonly [
  call: string,
  run: (manager: SecretsManager, version: string | undefined) => Promise<unknown>,
][] = [
  ["set", (manager) => manager.set("a", login)],
  ["update", (manager) => manager.update("a", login)],
  ["update by a function", (manager) => manager.update("a", (current) => ({ ...current, scope: "repo" }))],
  ["update of a version", (manager, ifVersion) => manager.update("a", login, { ifVersion })],
  ["delete", (manager) => manager.delete("a")],
  ["delete of a version", (manager, ifVersion) => manager.delete("a", { ifVersion })],
];

describe.each(["MEMORY", "OUTER"] as const)("a secret of %s", (owner) => {
  test.each(writes)(
    "is not written over by %s that was held before any of its steps, without having seen the new value",
    async (call, run) => {
      for (let step = 0, isHeld = true; isHeld; step++) {
        const stores = new TwoStores();
        const issuer = new TokenIssuer();
        const manager = await stores.open(owner);
        const { version } = await manager.create("a", issuer.first);
        issuer.expire();
        const straggler = new SuspendedProcess();
        const late = await stores.open(owner, { intercept: straggler.intercept });
        const held = straggler.suspendAt((_step, index) => index === step);
        const writing = run(late, version).then(
          () => "done",
          (error: unknown) => (isSecretsError(error) ? error.code : error),
        );
        await Promise.race([held, writing]);
        isHeld = straggler.isSuspended;
        const at = `${call}, held before step ${step}`;
        const refreshed = await refreshOnce(manager, issuer, straggler);
        straggler.resume();
        const outcome = await writing;
        const now = (await manager.get("a"))?.value;
        // Each may come first. What must not be is a value that was made from the former token, over the new one.
        if (refreshed === "stored" && outcome === "CONFLICT") expect(now, at).toEqual(issuer.latest);
        expect(now, at).not.toMatchObject({ generation: 0 });
        expect(issuer.mostAtOnce, at).toBeLessThanOrEqual(1);
      }
    },
  );
});

/** A refresh that may have to wait for the straggler, which is then let go. */
async function refreshOnce(
  manager: SecretsManager,
  issuer: TokenIssuer,
  straggler: SuspendedProcess,
): Promise<"stored" | "absent"> {
  const call = manager.refresh("a", issuer.options()).then(
    () => "stored" as const,
    (error: unknown) => {
      if (isSecretsError(error, "NOT_FOUND")) return "absent" as const;
      throw error;
    },
  );
  const turns = new Promise((resolve) => setTimeout(resolve, 20));
  await Promise.race([call, turns]);
  straggler.resume();
  return call;
}

describe("an owner with conditional writes", () => {
  test("a writer that read the entry before the refresh, and writes in the middle of it, does not succeed", async () => {
    const stores = new TwoStores();
    const issuer = new TokenIssuer();
    const manager = await stores.open("OUTER");
    await manager.create("a", issuer.first);
    issuer.expire();
    const straggler = new SuspendedProcess();
    const late = await stores.open("OUTER", { intercept: straggler.intercept });
    const isHeld = straggler.suspendAt(({ plugin, method }) => plugin === "OUTER" && method === "write");
    const writing = late.update("a", (current) => ({ ...current, scope: "repo" }));
    await isHeld;
    const exchange = issuer.hold();
    const call = manager.refresh("a", issuer.options());
    await exchange.begun;
    await straggler.resume();
    // Its write was refused, and it waits.
    expect(stores.outer.find("a")?.value).toEqual(issuer.first);
    exchange.release();
    const { value } = await call;
    expect(value).toEqual(issuer.latest);
    await writing;
    expect((await manager.get("a"))?.value).toEqual({ ...value, scope: "repo" });
  });

  test("a program without the table that writes during the refresh wins, and the value is handed over", async () => {
    const stores = new TwoStores();
    const issuer = new TokenIssuer();
    const manager = await stores.open("OUTER");
    await manager.create("a", issuer.first);
    issuer.expire();
    const exchange = issuer.hold();
    const call = failure(manager.refresh("a", issuer.options()));
    await exchange.begun;
    const row = stores.outer.find("a");
    if (row === undefined) throw new Error("There is no value.");
    stores.outer.replace(row, { value: login, version: row.version + 1 });
    exchange.release();

    const error = await call;
    expect(error).toMatchObject({ code: "CONFLICT", reason: "REFRESH_OVERTAKEN", retryable: false });
    expect(unstoredValue(error)).toEqual(issuer.latest);
    expect((await manager.get("a"))?.value).toEqual(login);
    await expect.poll(() => stores.table.find("a")?.state).toBe("active");
  });
});

describe("an owner without conditional writes", () => {
  async function withoutConditions(selected: ManagerId = "OUTER") {
    const stores = new TwoStores({ conditionalWrites: false });
    const issuer = new TokenIssuer();
    await (await stores.open("OUTER")).create("a", issuer.first);
    issuer.expire();
    const process = new SuspendedProcess();
    const manager = await stores.open(selected, { intercept: process.intercept });
    return { stores, issuer, manager, process };
  }

  test.each(["MEMORY", "OUTER"] as const)(
    "is refreshed once among processes (%s selected)",
    async (selected) => {
      const { stores, issuer, manager } = await withoutConditions(selected);
      const managers = [manager, await stores.open("OUTER"), await stores.open("MEMORY")];
      const calls = managers.map((one) => one.refresh("a", issuer.options()));
      for (const { value } of await Promise.all(calls)) expect(value).toEqual(issuer.latest);
      expect(issuer.presented).toEqual([0]);
    },
  );

  test("receives the new value only while the entry is the caller's: it is renewed just before the write", async () => {
    const { issuer, manager, process } = await withoutConditions();
    process.suspendAt(() => false);
    await manager.refresh("a", issuer.options());
    const steps = process.steps.map(({ plugin, method }) => `${plugin} ${method}`);
    expect(steps.slice(steps.lastIndexOf("OUTER write") - 1)).toEqual([
      "MEMORY ownership.advance",
      "OUTER write",
      "MEMORY ownership.advance",
    ]);
  });

  test("receives nothing from a holder whose lease has ended", async () => {
    const { stores, issuer, manager } = await withoutConditions();
    const exchange = issuer.hold();
    const call = failure(manager.refresh("a", issuer.options({ lease: 600_000 })));
    await exchange.begun;
    stores.age();
    const other = await stores.open("OUTER");
    await other.set("a", login);
    exchange.release();
    expect(unstoredValue(await call)).toEqual(issuer.latest);
    expect((await other.get("a"))?.value).toEqual(login);
  });
});
