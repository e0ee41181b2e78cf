import { describe, expect, test } from "vitest";
import { unstoredValue } from "../../src/index.ts";
import { MemoryStore } from "../../src/memory.ts";
import type { SecretsBackend } from "../../src/plugin.ts";
import { SecretsError } from "../../src/plugin.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { memoryBackend } from "../support/memory-backend.ts";
import { openBackend } from "../support/open-manager.ts";
import { TokenIssuer } from "../support/token-issuer.ts";

/** A manager without an ownership table, on a backend with conditional writes, with an expired secret `a`. */
async function withoutTable(
  changes: Partial<SecretsBackend> | ((backend: SecretsBackend) => Partial<SecretsBackend>) = {},
  options = {},
) {
  const store = new MemoryStore();
  const { backend } = await memoryBackend(store);
  const alone = fakeBackend({
    get: (name, context) => backend.get(name, context),
    write: (name, value, expectation, context) => backend.write(name, value, expectation, context),
    delete: (name, expectation, context) => backend.delete(name, expectation, context),
    ...(typeof changes === "function" ? changes(backend) : changes),
  });
  const issuer = new TokenIssuer();
  const manager = await openBackend(alone, options);
  await manager.create("a", issuer.first);
  issuer.expire();
  return { issuer, store, backend, manager, other: await openBackend(alone) };
}

describe("refresh() without an ownership table", () => {
  test("stores the new value under the version of the present one, once for all callers of the process", async () => {
    const { issuer, manager, store } = await withoutTable();
    const calls = [1, 2, 3].map(() => manager.refresh("a", issuer.options()));
    const secrets = await Promise.all(calls);
    expect(new Set(secrets).size).toBe(1);
    expect(secrets[0]).toMatchObject({ manager: "FAKE", value: issuer.latest });
    expect(await manager.get("a")).toMatchObject({ value: issuer.latest, version: secrets[0]?.version });
    expect(store.find("a")?.version).toBe(2);
    expect(issuer.presented).toEqual([0]);
  });

  test("reads a value that another process stored, and runs no function", async () => {
    const { issuer, manager, other } = await withoutTable({}, { cache: { maxAge: 600_000 } });
    await manager.get("a");
    await other.refresh("a", issuer.options());
    expect((await manager.refresh("a", issuer.options())).value).toEqual(issuer.latest);
    expect((await manager.get("a"))?.value).toEqual(issuer.latest);
    expect(issuer.presented).toEqual([0]);
  });

  test("of a secret that another process changed meanwhile is CONFLICT, and hands the value over", async () => {
    const { issuer, manager, other } = await withoutTable();
    const exchange = issuer.hold();
    const call = failure(manager.refresh("a", issuer.options()));
    await exchange.begun;
    await other.set("a", { generation: 7 });
    exchange.release();

    const error = await call;
    expect(error).toMatchObject({
      code: "CONFLICT",
      reason: "REFRESH_OVERTAKEN",
      retryable: false,
      operation: "refresh",
      manager: "FAKE",
    });
    expect(unstoredValue(error)).toEqual(issuer.latest);
    expect((await manager.get("a"))?.value).toEqual({ generation: 7 });
  });

  test("of a secret that another process deleted meanwhile is CONFLICT, and hands the value over", async () => {
    const { issuer, manager, other } = await withoutTable();
    const exchange = issuer.hold();
    const call = failure(manager.refresh("a", issuer.options()));
    await exchange.begun;
    await other.delete("a");
    exchange.release();
    const error = await call;
    expect(error).toMatchObject({ code: "CONFLICT", reason: "REFRESH_OVERTAKEN" });
    expect(unstoredValue(error)).toEqual(issuer.latest);
    expect(await manager.has("a")).toBe(false);
  });

  test("recognizes a value that was stored and whose answer was lost", async () => {
    let attempts = 0;
    const { issuer, manager } = await withoutTable((backend) => ({
      write: async (name, value, expectation, context) => {
        const info = await backend.write(name, value, expectation, context);
        if (typeof expectation.expect === "object" && ++attempts === 1) {
          throw new SecretsError("OUTCOME_UNKNOWN", "The answer was lost.");
        }
        return info;
      },
    }));
    expect((await manager.refresh("a", issuer.options())).value).toEqual(issuer.latest);
    expect(attempts).toBe(1);
    expect(issuer.presented).toEqual([0]);
  });

  test("hands over a value that cannot be stored, and pauses", async () => {
    const { issuer, manager } = await withoutTable(
      (backend) => ({
        write: (name, value, expectation, context) =>
          typeof expectation.expect === "object"
            ? Promise.reject(new SecretsError("UNAVAILABLE", "The store is down."))
            : backend.write(name, value, expectation, context),
      }),
      { timeout: 3_000 },
    );
    const error = await failure(manager.refresh("a", issuer.options()));
    expect(error).toMatchObject({ code: "UNAVAILABLE", reason: "REFRESH_NOT_STORED" });
    expect(unstoredValue(error)).toEqual(issuer.latest);
    expect(await failure(manager.refresh("a", issuer.options()))).toMatchObject({ reason: "REFRESH_PAUSED" });
  });

  test("of an absent secret is NOT_FOUND", async () => {
    const { issuer, manager } = await withoutTable();
    expect((await failure(manager.refresh("b", issuer.options()))).code).toBe("NOT_FOUND");
  });
});

describe("refresh() at a backend without an ownership table and without conditional writes", () => {
  const unconditional = { versions: false, conditionalWrites: false, list: true };

  test("is UNSUPPORTED, and runs no function", async () => {
    const { issuer, manager } = await withoutTable({ capabilities: unconditional });
    expect(await failure(manager.refresh("a", issuer.options()))).toMatchObject({
      code: "UNSUPPORTED",
      operation: "refresh",
      manager: "FAKE",
    });
    expect(issuer.presented).toEqual([]);
  });

  test("returns a value that is fresh", async () => {
    const { issuer, manager } = await withoutTable({ capabilities: unconditional });
    const options = issuer.options({ isFresh: () => true });
    expect((await manager.refresh("a", options)).value).toEqual(issuer.first);
  });
});
