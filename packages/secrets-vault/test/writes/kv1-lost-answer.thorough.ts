import type { SecretsManager } from "@archestra/secrets-core";
import { plantedText } from "@archestra/test-harness/planted-values";
import { describeVault } from "@archestra/test-servers/vault-tests";
import { describe, expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { changeOf, faultyVault } from "../support/faulty-vault.ts";

const value = { token: plantedText() };

const writes = [
  { kind: "set of a new secret", exists: false, run: (manager: SecretsManager) => manager.set("a", value) },
  {
    kind: "set of an existing secret",
    exists: true,
    run: (manager: SecretsManager) => manager.set("a", value),
  },
  { kind: "update", exists: true, run: (manager: SecretsManager) => manager.update("a", value) },
] as const;

async function prepare(exists: boolean) {
  const faulty = await faultyVault({ kv: 1, timeout: 5_000, vault: { audit: true } });
  if (exists) await faulty.store.put("a", { token: "old" });
  const writesOf = async () =>
    (await faulty.server.auditedRequests()).filter(
      ({ operation, path }) => /create|update/.test(operation) && path === faulty.store.path("a"),
    ).length;
  return { ...faulty, writesOf };
}

describeVault("a write on KV 1, which has no conditions", () => {
  describe.each(["answered", "in-answer"] as const)(
    "when its answer is lost, the connection breaking %s",
    (moment) => {
      test.for(writes)("$kind is proven by reading back, and is not repeated", async ({ exists, run }) => {
        const { proxy, manager, store, writesOf } = await prepare(exists);
        proxy.cutAt(changeOf.write, moment);
        await run(manager);
        expect([proxy.cuts, await writesOf(), await store.value("a")]).toEqual([1, 1, value]);
      });

      test("create is not known to have happened", async () => {
        const { proxy, manager, store, writesOf } = await prepare(false);
        proxy.cutAt(changeOf.write, moment);
        expect((await failure(manager.create("a", value))).code).toBe("OUTCOME_UNKNOWN");
        expect([await writesOf(), await store.value("a")]).toEqual([1, value]);
      });

      test("delete is repeated and returns that there was a secret", async () => {
        const { proxy, manager, store } = await prepare(true);
        proxy.cutAt(changeOf.delete, moment);
        expect([await manager.delete("a"), await store.value("a")]).toEqual([true, undefined]);
      });
    },
  );

  describe.each(["before", "in-request"] as const)(
    "when the connection is reset %s it reached the server",
    (moment) => {
      test.for(writes)("$kind is repeated after reading back", async ({ exists, run }) => {
        const { proxy, manager, store, writesOf } = await prepare(exists);
        proxy.cutAt(changeOf.write, moment);
        await run(manager);
        expect([proxy.cuts, await writesOf(), await store.value("a")]).toEqual([1, 1, value]);
      });

      test("create is not repeated, since it would have no fence", async () => {
        const { proxy, manager, store } = await prepare(false);
        proxy.cutAt(changeOf.write, moment);
        expect((await failure(manager.create("a", value))).code).toBe("OUTCOME_UNKNOWN");
        expect(await store.value("a")).toBeUndefined();
      });
    },
  );

  test("is OUTCOME_UNKNOWN when its connection breaks again and again", async () => {
    const { proxy, manager, store } = await prepare(true);
    proxy.cutAt(changeOf.write, "before", Number.POSITIVE_INFINITY);
    expect((await failure(manager.set("a", value))).code).toBe("OUTCOME_UNKNOWN");
    expect([proxy.cuts, await store.value("a")]).toEqual([3, { token: "old" }]);
  });

  test("has no versions, so that a condition is refused and nothing is sent", async () => {
    const { manager, store } = await prepare(true);
    const call = manager.update("a", value, { ifVersion: "VAULT:1" });
    expect((await failure(call)).code).toBe("UNSUPPORTED");
    expect(await store.value("a")).toEqual({ token: "old" });
  });
});
