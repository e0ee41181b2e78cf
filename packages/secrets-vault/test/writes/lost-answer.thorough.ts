import type { SecretsManager } from "@archestra/secrets-core";
import { plantedText } from "@archestra/test-harness/planted-values";
import { describeVault } from "@archestra/test-servers/vault-tests";
import { describe, expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { changeOf, type FaultyVault, faultyVault, secondManager } from "../support/faulty-vault.ts";

const value = { token: plantedText() };

/** Writes that replace what is there or not, and are proven by an equal value. */
const writes = [
  { kind: "set of a new secret", exists: false, run: (manager: SecretsManager) => manager.set("a", value) },
  {
    kind: "set of an existing secret",
    exists: true,
    run: (manager: SecretsManager) => manager.set("a", value),
  },
  { kind: "update", exists: true, run: (manager: SecretsManager) => manager.update("a", value) },
  {
    kind: "update by a function",
    exists: true,
    run: (manager: SecretsManager) => manager.update("a", () => value),
  },
  {
    kind: "update under a version",
    exists: true,
    run: async (manager: SecretsManager) =>
      manager.update("a", value, { ifVersion: (await manager.get("a"))?.version ?? "" }),
  },
] as const;

const deletions = [
  { kind: "delete", run: (manager: SecretsManager) => manager.delete("a") },
  {
    kind: "delete under a version",
    run: async (manager: SecretsManager) =>
      manager.delete("a", { ifVersion: (await manager.get("a"))?.version ?? "" }),
  },
] as const;

async function prepare(exists: boolean): Promise<FaultyVault> {
  const faulty = await faultyVault({ timeout: 5_000 });
  if (exists) await faulty.store.put("a", { token: "old" });
  return faulty;
}

/** Lets the server do its work on the call, holds the answer, lets something happen, and breaks the connection. */
async function whileHeld<Result>(
  { proxy }: FaultyVault,
  text: string,
  call: () => Promise<Result>,
  meanwhile: () => Promise<unknown>,
): Promise<Result> {
  proxy.cutAt(text, "held");
  const held = proxy.nextCut();
  const result = call();
  result.catch(() => undefined);
  await held;
  await meanwhile();
  proxy.drop();
  return result;
}

/** Breaks the connection before the call reaches the server, and lets something happen before it is sent again. */
async function beforeRepeat<Result>(
  { proxy }: FaultyVault,
  text: string,
  call: () => Promise<Result>,
  meanwhile: () => Promise<unknown>,
): Promise<Result> {
  proxy.cutAt(text, "before");
  const cut = proxy.nextCut();
  const result = call();
  result.catch(() => undefined);
  await cut;
  // It waits for as long as that takes, and no attempt is used up.
  proxy.hang();
  await meanwhile();
  await proxy.heal();
  return result;
}

describeVault("a write on KV 2 whose answer is lost", () => {
  for (const moment of ["answered", "in-answer"] as const) {
    for (const { kind, exists, run } of writes) {
      test(`${kind}, the connection breaking ${moment}, is proven by reading back, and is made once`, async () => {
        const faulty = await prepare(exists);
        faulty.proxy.cutAt(changeOf.write, moment);
        const info = await run(faulty.manager);
        expect(faulty.proxy.cuts).toBe(1);
        expect(await faulty.store.counter("a")).toBe(exists ? 2 : 1);
        const read = await faulty.manager.get("a");
        expect([read?.value, read?.version]).toEqual([value, info.version]);
      });
    }

    test(`create, the connection breaking ${moment}, is not known to have happened, since an equal value proves nothing`, async () => {
      const faulty = await prepare(false);
      faulty.proxy.cutAt(changeOf.write, moment);
      const { code, retryable } = await failure(faulty.manager.create("a", value));
      expect([code, retryable, await faulty.store.counter("a")]).toEqual(["OUTCOME_UNKNOWN", false, 1]);
      expect(await faulty.store.value("a")).toEqual(value);
    });

    for (const { kind, run } of deletions) {
      test(`${kind}, the connection breaking ${moment}, is repeated and returns that there was a secret`, async () => {
        const faulty = await prepare(true);
        faulty.proxy.cutAt(changeOf.delete, moment);
        expect(await run(faulty.manager)).toBe(true);
        expect([faulty.proxy.cuts, await faulty.store.counter("a")]).toEqual([1, 0]);
      });
    }
  }
});

describeVault("a write on KV 2 whose answer is lost and that another writer has superseded", () => {
  for (const { kind, exists, run } of writes) {
    test(`${kind} is reported as the success that it was, and is not repeated`, async () => {
      const faulty = await prepare(exists);
      const { store, manager } = faulty;
      const info = await whileHeld(
        faulty,
        changeOf.write,
        () => run(manager),
        () => store.put("a", { token: "of another" }),
      );
      expect(info.version).toMatch(exists ? /^VAULT:2@/ : /^VAULT:1@/);
      expect(await store.value("a")).toEqual({ token: "of another" });
      expect(await store.counter("a")).toBe(exists ? 3 : 2);
    });
  }

  test("create is not known to have happened", async () => {
    const faulty = await prepare(false);
    const { store, manager } = faulty;
    const call = whileHeld(
      faulty,
      changeOf.write,
      () => manager.create("a", value),
      () => store.put("a", { token: "of another" }),
    );
    expect((await failure(call)).code).toBe("OUTCOME_UNKNOWN");
    expect(await store.value("a")).toEqual({ token: "of another" });
  });

  test("an update whose version has been pruned is not known to have happened", async () => {
    const faulty = await faultyVault({ timeout: 5_000, maxVersions: 1 });
    const { store, manager } = faulty;
    await store.put("a", { token: "old" });
    const call = whileHeld(
      faulty,
      changeOf.write,
      () => manager.update("a", value),
      () => store.put("a", { token: "of another" }),
    );
    expect((await failure(call)).code).toBe("OUTCOME_UNKNOWN");
    expect(await store.value("a")).toEqual({ token: "of another" });
  });

  test("an update whose version another process has deleted is OUTCOME_UNKNOWN", async () => {
    const faulty = await prepare(true);
    const { store, manager } = faulty;
    const call = whileHeld(
      faulty,
      changeOf.write,
      () => manager.update("a", value),
      () => store.deleteSoftly("a"),
    );
    expect((await failure(call)).code).toBe("OUTCOME_UNKNOWN");
    expect(await store.counter("a")).toBe(2);
  });
});

describeVault("a write on KV 2 that never arrived, and before whose repetition another one wrote", () => {
  const other = { token: "of another" };

  test("create: there is a secret by now", async () => {
    const faulty = await prepare(false);
    const { store, manager } = faulty;
    const call = beforeRepeat(
      faulty,
      changeOf.write,
      () => manager.create("a", value),
      () => store.put("a", other),
    );
    expect((await failure(call)).code).toBe("ALREADY_EXISTS");
    expect([await store.value("a"), await store.counter("a")]).toEqual([other, 1]);
  });

  test("update under a version: the secret has another one by now", async () => {
    const faulty = await prepare(true);
    const { store, manager } = faulty;
    const ifVersion = (await manager.get("a"))?.version ?? "";
    const call = beforeRepeat(
      faulty,
      changeOf.write,
      () => manager.update("a", value, { ifVersion }),
      () => store.put("a", other),
    );
    expect((await failure(call)).code).toBe("CONFLICT");
    expect([await store.value("a"), await store.counter("a")]).toEqual([other, 2]);
  });

  test.for(["set", "update"] as const)("%s replaces what the other one wrote", async (kind) => {
    const faulty = await prepare(true);
    const { store, manager } = faulty;
    await beforeRepeat(
      faulty,
      changeOf.write,
      () => manager[kind]("a", value),
      () => store.put("a", other),
    );
    expect([await store.value("a"), await store.counter("a")]).toEqual([value, 3]);
  });

  test("update by a function is made on what the other one wrote", async () => {
    const faulty = await faultyVault({ timeout: 5_000 });
    const { store, manager } = faulty;
    await store.put("a", { count: 1 });
    await beforeRepeat(
      faulty,
      changeOf.write,
      () => manager.update("a", ({ count }) => ({ count: Number(count) + 1 })),
      () => store.put("a", { count: 10 }),
    );
    expect(await store.value("a")).toEqual({ count: 11 });
  });

  test("delete succeeds when another one was first", async () => {
    const faulty = await prepare(true);
    const { server, store, manager } = faulty;
    const gone = await beforeRepeat(
      faulty,
      changeOf.delete,
      () => manager.delete("a"),
      () => server.request("DELETE", store.entryPath("a")),
    );
    expect([gone, await store.counter("a")]).toEqual([true, 0]);
  });
});

describeVault("two creators of one name with equal values on KV 2, when an answer is lost", () => {
  test("the caller that created it does not receive ALREADY_EXISTS, and the other one does", async () => {
    const faulty = await prepare(false);
    const { store, manager, server } = faulty;
    const other = await secondManager(server);
    let refused = "";
    const call = whileHeld(
      faulty,
      changeOf.write,
      () => manager.create("a", value),
      async () => {
        refused = (await failure(other.create("a", value))).code;
      },
    );
    expect((await failure(call)).code).toBe("OUTCOME_UNKNOWN");
    expect([refused, await store.counter("a")]).toEqual(["ALREADY_EXISTS", 1]);
  });

  test("the caller that did not create it does not receive that it did", async () => {
    const faulty = await prepare(false);
    const { store, manager, server } = faulty;
    const other = await secondManager(server);
    const call = beforeRepeat(
      faulty,
      changeOf.write,
      () => manager.create("a", value),
      () => other.create("a", value),
    );
    expect((await failure(call)).code).toBe("OUTCOME_UNKNOWN");
    expect(await store.counter("a")).toBe(1);
  });
});

describeVault("a write on KV 2 after whose sending the connection is reset", () => {
  describe.each(["before", "in-request", "after"] as const)("%s it reached the server", (moment) => {
    test.for(writes)(
      "$kind is repeated under the same condition, and is made once",
      async ({ exists, run }) => {
        const faulty = await prepare(exists);
        faulty.proxy.cutAt(changeOf.write, moment);
        await run(faulty.manager);
        expect(faulty.proxy.cuts).toBe(1);
        expect([await faulty.store.value("a"), await faulty.store.counter("a")]).toEqual([
          value,
          exists ? 2 : 1,
        ]);
      },
    );

    test("create is made once, or is not known to have happened", async () => {
      const faulty = await prepare(false);
      faulty.proxy.cutAt(changeOf.write, moment);
      const code = await faulty.manager.create("a", value).then(
        () => "created",
        (error: { code: string }) => error.code,
      );
      expect(moment === "after" ? ["created", "OUTCOME_UNKNOWN"] : ["created"]).toContain(code);
      expect([await faulty.store.value("a"), await faulty.store.counter("a")]).toEqual([value, 1]);
    });

    test.for(deletions)("$kind is repeated", async ({ run }) => {
      const faulty = await prepare(true);
      faulty.proxy.cutAt(changeOf.delete, moment);
      expect(await run(faulty.manager)).toBe(true);
      expect([faulty.proxy.cuts, await faulty.store.counter("a")]).toEqual([1, 0]);
    });
  });
});
