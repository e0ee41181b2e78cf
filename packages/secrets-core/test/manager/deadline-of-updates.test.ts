import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SecretsError } from "../../src/plugin.ts";
import { plantedValue } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend, openMemory } from "../support/open-manager.ts";

const value = () => ({ n: 1 });

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("the deadline of an update with a function", () => {
  test("covers the function: one that never ends is TIMEOUT, and nothing is written", async () => {
    const manager = await openMemory(undefined, { timeout: 1_000 });
    const { version } = await manager.create("a", plantedValue());

    const outcome = failure(manager.update("a", () => new Promise<never>(() => {})));
    await vi.advanceTimersByTimeAsync(1_000);

    expect(await outcome).toMatchObject({ code: "TIMEOUT", operation: "update", secretName: "a" });
    expect((await manager.get("a"))?.version).toBe(version);
  });

  test("is final: a function that ends afterwards writes nothing", async () => {
    const manager = await openMemory(undefined, { timeout: 1_000 });
    const { version } = await manager.create("a", plantedValue());
    const late = Promise.withResolvers<{ n: number }>();

    const outcome = failure(manager.update("a", () => late.promise));
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await outcome).code).toBe("TIMEOUT");
    late.resolve({ n: 1 });
    await vi.advanceTimersByTimeAsync(0);

    expect((await manager.get("a"))?.version).toBe(version);
  });

  test("includes the time in the queue", async () => {
    const manager = await openMemory(undefined, { timeout: 1_000 });
    await manager.create("a", plantedValue());
    const slowly = async () => {
      await new Promise((resolve) => setTimeout(resolve, 600));
      return { n: 1 };
    };

    const first = manager.update("a", slowly);
    const second = failure(manager.update("a", slowly));
    await vi.advanceTimersByTimeAsync(1_000);

    expect(await first).toMatchObject({ name: "a" });
    // It had 600 ms of its own to run, and spent as many waiting.
    expect((await second).code).toBe("TIMEOUT");
  });

  test("unlocks the name: a function that never ends does not block the next one", async () => {
    const manager = await openMemory(undefined, { timeout: 1_000 });
    await manager.create("a", plantedValue());

    const stuck = failure(manager.update("a", () => new Promise<never>(() => {})));
    await vi.advanceTimersByTimeAsync(500);
    const next = manager.update("a", value);
    await vi.advanceTimersByTimeAsync(500);

    expect((await stuck).code).toBe("TIMEOUT");
    expect(await next).toMatchObject({ name: "a" });
    expect((await manager.get("a"))?.value).toEqual({ n: 1 });
  });

  test("keeps the name locked while an aborted write may still be executed", async () => {
    const events: string[] = [];
    const manager = await openBackend(
      fakeBackend({
        get: async (name) => {
          events.push("read");
          return { name, version: "1", value: { n: 0 } };
        },
        write: () => {
          events.push("write");
          return new Promise(() => {});
        },
      }),
      { timeout: 1_000 },
    );
    const controller = new AbortController();
    const first = failure(manager.update("a", value, { signal: controller.signal }));
    const second = failure(manager.update("a", value));
    await vi.advanceTimersByTimeAsync(0);
    controller.abort();
    await vi.advanceTimersByTimeAsync(199);
    expect(events).toEqual(["read", "write"]);

    await vi.advanceTimersByTimeAsync(1);
    expect((await first).code).toBe("OUTCOME_UNKNOWN");
    expect(events).toEqual(["read", "write", "read", "write"]);
    await vi.advanceTimersByTimeAsync(1_000);
    await second;
  });

  test("calls neither backend nor function when the call was aborted before its turn", async () => {
    const gate = Promise.withResolvers<void>();
    let reads = 0;
    const manager = await openBackend(
      fakeBackend({
        get: async (name) => {
          reads++;
          return { name, version: "1", value: { n: 0 } };
        },
      }),
    );
    const first = manager.update("a", async () => {
      await gate.promise;
      return { n: 1 };
    });
    const controller = new AbortController();
    const second = failure(manager.update("a", () => expect.unreachable(), { signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(0);

    controller.abort();
    expect((await second).code).toBe("ABORTED");
    gate.resolve();
    await first;
    await vi.advanceTimersByTimeAsync(0);

    expect(reads).toBe(1);
  });

  test("includes the retries after conflicts", async () => {
    vi.useRealTimers();
    let writes = 0;
    const manager = await openBackend(
      fakeBackend({
        get: async (name) => ({ name, version: String(writes), value: { n: 0 } }),
        write: async () => {
          writes++;
          throw new SecretsError("CONFLICT", "Changed.");
        },
      }),
      { timeout: 200 },
    );

    expect((await failure(manager.update("a", value))).code).toBe("TIMEOUT");
    expect(writes).toBeGreaterThan(1);
    const before = writes;
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(writes).toBe(before);
  });
});
