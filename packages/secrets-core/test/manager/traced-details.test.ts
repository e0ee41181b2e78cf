import { describe, expect, test } from "vitest";
import {
  type CallEvent,
  type MoveEvent,
  migrateSecrets,
  type RefreshEvent,
  SecretsError,
  unstoredValue,
} from "../../src/index.ts";
import { plantedValue } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend, openMemory } from "../support/open-manager.ts";
import { recordEnds } from "../support/recorded-events.ts";
import { TokenIssuer } from "../support/token-issuer.ts";
import { TwoStores } from "../support/two-stores.ts";

describe("the owner of an event", () => {
  test.each([
    ["of-memory", "MEMORY"],
    ["of-outer", "OUTER"],
  ])("is the manager that served each call on %s, whichever manager is selected", async (name, owner) => {
    const stores = await TwoStores.filled(plantedValue());
    const other = await stores.open(owner === "MEMORY" ? "OUTER" : "MEMORY");
    const ends = recordEnds<CallEvent>("operation");
    await other.get(name);
    await other.has(name);
    await other.set(name, plantedValue());
    await other.update(name, () => plantedValue());
    await other.delete(name);

    expect(ends.map((event) => `${event.operation}: ${event.owner}`)).toEqual(
      ["get", "has", "set", "update", "delete"].map((operation) => `${operation}: ${owner}`),
    );
  });

  test("is the manager that failed", async () => {
    const stores = await TwoStores.filled(plantedValue());
    const get = () => Promise.reject(new SecretsError("UNAVAILABLE", "It is down."));
    const manager = await stores.open("MEMORY", { outer: { replaced: { get } } });
    const ends = recordEnds<CallEvent>("operation");
    await failure(manager.get("of-outer"));

    expect(ends).toMatchObject([{ manager: "MEMORY", owner: "OUTER", outcome: "UNAVAILABLE" }]);
  });
});

describe("the cache hit of an event", () => {
  test("is reported for reads of a manager with a cache", async () => {
    const manager = await openMemory(undefined, { cache: { maxAge: 600_000 } });
    const issuer = new TokenIssuer();
    for (const name of ["a", "b"]) await manager.create(name, issuer.first);
    const ends = recordEnds<CallEvent>("operation");
    await manager.get("a");
    await manager.get("a");
    await manager.getMany(["a", "b"]);
    await manager.getMany(["a"]);
    await manager.refresh("a", issuer.options());
    await manager.has("a");

    expect(ends.map(({ operation, cacheHit }) => [operation, cacheHit])).toEqual([
      ["get", false],
      ["get", true],
      ["getMany", false],
      ["getMany", true],
      ["refresh", true],
      ["has", undefined],
    ]);
  });

  test("is absent without a cache", async () => {
    const manager = await openMemory();
    const ends = recordEnds<CallEvent>("operation");
    await manager.get("a");
    expect(ends[0]).not.toHaveProperty("cacheHit");
  });
});

describe("the attempts of an event", () => {
  test("count the collisions of an update", async () => {
    let collisions = 2;
    const manager = await openBackend(
      fakeBackend({
        get: async (name) => ({ name, version: "1", value: plantedValue() }),
        write: async (name) => {
          if (collisions-- > 0) throw new SecretsError("CONFLICT", "Another write was faster.");
          return { name, version: "2" };
        },
      }),
    );
    const ends = recordEnds<CallEvent>("operation");
    await manager.update("a", () => plantedValue());

    expect(ends).toMatchObject([{ operation: "update", attempts: 3 }]);
  });

  test.each([undefined, { maxAge: 600_000 }])(
    "count the requests that a backend repeats, with the cache %o",
    async (cache) => {
      const manager = await openBackend(
        fakeBackend({
          get: async (_name, context) => {
            context.repeated?.();
            context.repeated?.();
            return undefined;
          },
        }),
        { cache },
      );
      const ends = recordEnds<CallEvent>("operation");
      await manager.get("a");
      await manager.has("a");

      expect(ends.map(({ operation, attempts }) => [operation, attempts])).toEqual([
        ["get", 3],
        ["has", 3],
      ]);
    },
  );
});

test("each run of the function passed to refresh() publishes one event, however many callers share it", async () => {
  const issuer = new TokenIssuer();
  const manager = await openMemory();
  await manager.create("a", issuer.first);
  const ends = recordEnds<RefreshEvent>("refresh");
  await manager.refresh("a", issuer.options());
  issuer.expire();
  await Promise.all([1, 2, 3].map(() => manager.refresh("a", issuer.options())));
  issuer.expire();
  const refresh = () => {
    throw new Error(String(plantedValue()));
  };
  await failure(manager.refresh("a", issuer.options({ refresh }))).catch(() => undefined);

  expect(ends).toEqual([
    { name: "a", manager: "MEMORY", outcome: "success", duration: expect.any(Number) },
    { name: "a", manager: "MEMORY", outcome: "CALLER_FAILED", duration: expect.any(Number) },
  ]);
});

test("an event never contains the value that could not be stored", async () => {
  const issuer = new TokenIssuer();
  const manager = await openBackend(
    fakeBackend({
      get: async (name) => ({ name, version: "1", value: { ...issuer.first } }),
      write: () => Promise.reject(new SecretsError("UNAVAILABLE", "The store is down.")),
    }),
    { timeout: 1_000 },
  );
  issuer.expire();
  const ends = recordEnds<CallEvent>("operation");
  const error = await failure(manager.refresh("a", issuer.options()));

  expect(unstoredValue(error)).toEqual(issuer.latest);
  expect(ends[0]?.error).toMatchObject({ code: error.code, reason: "REFRESH_NOT_STORED" });
  expect(ends[0]?.error?.message).toBe(error.message);
  expect(unstoredValue(ends[0]?.error)).toBeUndefined();
});

test("a run over many secrets publishes one event, and a call for each secret", async () => {
  const stores = await TwoStores.filled(plantedValue());
  const manager = await stores.open("OUTER");
  const moves = recordEnds<MoveEvent>("move");
  const calls = recordEnds<CallEvent>("operation");
  await migrateSecrets(manager, { to: "OUTER" });

  expect(moves).toEqual([
    {
      operation: "migrateSecrets",
      manager: "OUTER",
      done: 1,
      skipped: 1,
      failed: 0,
      outcome: "success",
      duration: expect.any(Number),
    },
  ]);
  expect(calls.map(({ name }) => name).toSorted()).toEqual(["of-memory", "of-outer", undefined]);
});
