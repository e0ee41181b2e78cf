import { channel } from "node:diagnostics_channel";
import { describe, expect, test } from "vitest";
import type { CallEvent, RefreshOptions } from "../../src/index.ts";
import { MemoryStore } from "../../src/memory.ts";
import { failure } from "../support/failure.ts";
import { memoryBackend } from "../support/memory-backend.ts";
import { openBackend, openMemory } from "../support/open-manager.ts";
import { TokenIssuer } from "../support/token-issuer.ts";
import { TwoStores } from "../support/two-stores.ts";

describe("a fresh secret", () => {
  test("refresh() reads it once, and writes nothing", async () => {
    const stores = new TwoStores();
    const issuer = new TokenIssuer();
    await (await stores.open("MEMORY")).create("a", issuer.first);
    const methods: string[] = [];
    const manager = await stores.open("MEMORY", {
      intercept: (step, run) => {
        methods.push(step.method);
        return run();
      },
    });
    methods.splice(0);
    const got = await manager.get("a");
    const ofGet = methods.splice(0);

    const secret = await manager.refresh("a", issuer.options());

    expect(methods).toEqual(ofGet);
    expect(secret).toEqual(got);
    expect(secret.value).toEqual(issuer.first);
    expect(issuer.presented).toEqual([]);
  });

  test("refresh() returns it from the cache", async () => {
    const stores = new TwoStores();
    const issuer = new TokenIssuer();
    await (await stores.open("MEMORY")).create("a", issuer.first);
    let steps = 0;
    const intercept = (_step: unknown, run: () => Promise<unknown>) => {
      steps++;
      return run();
    };
    const manager = await stores.open("MEMORY", { cache: { maxAge: 600_000 }, intercept });
    const read = await manager.get("a");
    steps = 0;

    expect(await manager.refresh("a", issuer.options())).toBe(read);
    expect(steps).toBe(0);
  });
});

describe("a secret that is not fresh", () => {
  test("refresh() stores the new value, and returns it with its version", async () => {
    const issuer = new TokenIssuer();
    const manager = await openMemory();
    const { version } = await manager.create("a", issuer.first);
    issuer.expire();

    const refreshed = await manager.refresh("a", issuer.options());

    expect(refreshed.value).toEqual(issuer.latest);
    expect(refreshed.version).not.toBe(version);
    expect(await manager.get("a")).toEqual(refreshed);
    expect(issuer.presented).toEqual([0]);
  });

  test("refresh() does not return a value that expired in the cache, when another process stored a new one", async () => {
    const store = new MemoryStore();
    const issuer = new TokenIssuer();
    const [cached, other] = [
      await openMemory(store, { cache: { maxAge: 600_000 } }),
      await openMemory(store),
    ];
    await cached.create("a", issuer.first);
    await cached.get("a");
    issuer.expire();
    await other.refresh("a", issuer.options());

    expect((await cached.refresh("a", issuer.options())).value).toEqual(issuer.latest);
    expect((await cached.get("a"))?.value).toEqual(issuer.latest);
    expect(issuer.presented).toEqual([0]);
  });

  test("refresh() removes the former value from the cache", async () => {
    const issuer = new TokenIssuer();
    const manager = await openMemory(undefined, { cache: { maxAge: 600_000 } });
    await manager.create("a", issuer.first);
    await manager.get("a");
    issuer.expire();
    await manager.refresh("a", issuer.options());
    expect((await manager.get("a"))?.value).toEqual(issuer.latest);
  });

  test("concurrent calls of one manager run one function, and receive one secret", async () => {
    const issuer = new TokenIssuer();
    const manager = await openMemory();
    await manager.create("a", issuer.first);
    issuer.expire();

    const calls = Array.from({ length: 50 }, () => manager.refresh("a", issuer.options()));
    const secrets = await Promise.all(calls);

    expect(issuer.presented).toEqual([0]);
    expect(new Set(secrets).size).toBe(1);
    expect(secrets[0]?.value).toEqual(issuer.latest);
  });

  test("refresh() of different names runs at the same time", async () => {
    const manager = await openMemory();
    const issuers = { a: new TokenIssuer(), b: new TokenIssuer() };
    for (const [name, issuer] of Object.entries(issuers)) {
      await manager.create(name, issuer.first);
      issuer.expire();
    }
    const held = issuers.a.hold();
    const first = manager.refresh("a", issuers.a.options());
    await held.begun;

    expect((await manager.refresh("b", issuers.b.options())).value).toEqual(issuers.b.latest);
    held.release();
    expect((await first).value).toEqual(issuers.a.latest);
  });

  test("the value is deeply frozen, and a later change of what the function returned does not reach it", async () => {
    const manager = await openMemory();
    await manager.create("a", { scopes: ["old"] });
    const returned = { scopes: ["new"] };
    const { value } = await manager.refresh("a", { isFresh: () => false, refresh: () => returned });
    returned.scopes.push("later");

    expect(value).toEqual({ scopes: ["new"] });
    expect(Object.isFrozen(value.scopes)).toBe(true);
  });
});

test("refresh() of an absent secret is NOT_FOUND, and calls neither function", async () => {
  const manager = await openMemory();
  const refused = await failure(
    manager.refresh("a", { isFresh: () => expect.unreachable(), refresh: () => expect.unreachable() }),
  );
  expect(refused).toMatchObject({ code: "NOT_FOUND", operation: "refresh", secretName: "a" });
});

test("refresh() of a secret that is deleted before its entry is locked is NOT_FOUND", async () => {
  const stores = new TwoStores();
  const manager = await stores.open("MEMORY", {
    intercept: async ({ method }, run) => {
      if (method === "ownership.find") stores.table.remove("a");
      return run();
    },
  });
  await manager.create("a", { token: "old" });
  const options = { isFresh: () => false, refresh: () => expect.unreachable() };
  expect((await failure(manager.refresh("a", options))).code).toBe("NOT_FOUND");
});

describe("wrong options of refresh()", () => {
  const isFresh = () => true;
  const refresh = () => ({});
  test.each<[what: string, options: object | undefined]>([
    ["none", undefined],
    ["no `refresh`", { isFresh }],
    ["no `isFresh`", { refresh }],
    ["a `refresh` that is not a function", { isFresh, refresh: {} }],
    ["an `isFresh` that is not a function", { isFresh: true, refresh }],
    ["an unknown option", { isFresh, refresh, ifVersion: "1" }],
    ["a schema that is not a schema", { isFresh, refresh, schema: {} }],
    ["a signal that is not a signal", { isFresh, refresh, signal: {} }],
    ["a lease under a second", { isFresh, refresh, lease: 999 }],
    ["a lease over ten minutes", { isFresh, refresh, lease: 600_001 }],
    ["a lease with a fraction", { isFresh, refresh, lease: 1_000.5 }],
    ["a lease that is a text", { isFresh, refresh, lease: "30000" }],
  ])("%s: TypeError", async (_what, options) => {
    const manager = await openMemory();
    await manager.create("a", { token: "old" });
    await expect(manager.refresh("a", options as RefreshOptions)).rejects.toThrow(TypeError);
  });

  test("an invalid name is INVALID_ARGUMENT", async () => {
    const manager = await openMemory();
    expect((await failure(manager.refresh("a//b", { isFresh, refresh }))).code).toBe("INVALID_ARGUMENT");
  });

  test("an `isFresh` that returns a promise is a TypeError, and the secret stays as it is", async () => {
    const manager = await openMemory();
    const { version } = await manager.create("a", { token: "old" });
    const options = { isFresh: async () => true, refresh } as never;
    await expect(manager.refresh("a", options)).rejects.toThrow(/`isFresh` of refresh must return a boolean/);
    expect((await manager.get("a"))?.version).toBe(version);
  });

  test("an error of `isFresh` reaches the caller unchanged", async () => {
    const manager = await openMemory();
    await manager.create("a", { token: "old" });
    const error = new Error("No such field.");
    const throwing = () => {
      throw error;
    };
    await expect(manager.refresh("a", { isFresh: throwing, refresh })).rejects.toBe(error);
  });
});

describe("refresh() with a schema", () => {
  const counted = (isAsync = false) => ({
    "~standard": {
      version: 1 as const,
      vendor: "test",
      validate: (input: unknown) => {
        const { generation } = input as { generation?: unknown };
        const result =
          typeof generation === "number"
            ? { value: { generation, isValidated: true } }
            : { issues: [{ message: "not a number", path: ["generation"] }] };
        return isAsync ? Promise.resolve(result) : result;
      },
    },
  });

  test.each([false, true])(
    "passes its output to both functions, and returns it (asynchronous: %s)",
    async (isAsync) => {
      const manager = await openMemory();
      await manager.create("a", { generation: 1 });
      const received: unknown[] = [];
      const secret = await manager.refresh("a", {
        schema: counted(isAsync),
        isFresh: (value) => {
          received.push(value);
          return value.generation > 1;
        },
        refresh: (value) => {
          received.push(value);
          return { generation: value.generation + 1 };
        },
      });
      expect(secret.value).toEqual({ generation: 2, isValidated: true });
      expect(new Set(received.map((value) => JSON.stringify(value)))).toEqual(
        new Set(['{"generation":1,"isValidated":true}']),
      );
      expect((await manager.get("a"))?.value).toEqual({ generation: 2 });
    },
  );

  test("is INVALID_VALUE when the stored value does not match, and calls neither function", async () => {
    const manager = await openMemory();
    await manager.create("a", { generation: "1" });
    const functions = { isFresh: () => expect.unreachable(), refresh: () => expect.unreachable() };
    const refused = await failure(manager.refresh("a", { schema: counted(), ...functions }));
    expect(refused.code).toBe("INVALID_VALUE");
  });

  test("is INVALID_VALUE when the new value does not match, which is stored all the same", async () => {
    const manager = await openMemory();
    await manager.create("a", { generation: 1 });
    const functions = { isFresh: () => false, refresh: () => ({ generation: "2" }) };
    const refused = await failure(manager.refresh("a", { schema: counted(), ...functions }));
    expect(refused.code).toBe("INVALID_VALUE");
    expect((await manager.get("a"))?.value).toEqual({ generation: "2" });
  });
});

describe("the event at the end of refresh()", () => {
  async function eventsOf(run: () => Promise<unknown>): Promise<CallEvent[]> {
    const events: CallEvent[] = [];
    const onEnd = (event: unknown) => events.push({ ...(event as CallEvent) });
    const ends = channel("tracing:archestra.secrets.operation:asyncEnd");
    ends.subscribe(onEnd);
    try {
      await run();
    } finally {
      ends.unsubscribe(onEnd);
    }
    return events.filter(({ operation }) => operation === "refresh");
  }

  test("reports `fresh`, `refreshed` and `waited`", async () => {
    const issuer = new TokenIssuer();
    const manager = await openMemory();
    await manager.create("a", issuer.first);
    const events = await eventsOf(async () => {
      await manager.refresh("a", issuer.options());
      issuer.expire();
      await Promise.all([1, 2].map(() => manager.refresh("a", issuer.options())));
    });
    expect(events.map(({ refresh, outcome }) => `${refresh}: ${outcome}`).toSorted()).toEqual([
      "fresh: success",
      "refreshed: success",
      "waited: success",
    ]);
  });

  test("reports `waited` in another process", async () => {
    const store = new MemoryStore();
    const issuer = new TokenIssuer();
    const [one, other] = [await openMemory(store), await openMemory(store)];
    await one.create("a", issuer.first);
    issuer.expire();
    const events = await eventsOf(() =>
      Promise.all([one, other].map((manager) => manager.refresh("a", issuer.options()))),
    );
    expect(events.map(({ refresh }) => refresh)).toEqual(["refreshed", "waited"]);
  });

  test("reports no `refresh` when the function failed", async () => {
    const manager = await openMemory();
    await manager.create("a", { token: "old" });
    const options = { isFresh: () => false, refresh: () => Promise.reject(new Error("503")) };
    const [event] = await eventsOf(() => manager.refresh("a", options).catch(() => undefined));
    expect(event).toMatchObject({ outcome: "CALLER_FAILED" });
    expect(event).not.toHaveProperty("refresh");
  });
});

test("a transaction has no refresh()", async () => {
  const { backend } = await memoryBackend();
  const manager = await openBackend(Object.assign(Object.create(backend), { inTransaction: () => backend }));
  const secrets = manager.inTransaction({});
  expect("refresh" in secrets).toBe(false);
  // @ts-expect-error: it is not in the type either.
  expect(secrets.refresh).toBeUndefined();
});
