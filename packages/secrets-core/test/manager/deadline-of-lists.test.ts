import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { MemoryStore } from "../../src/memory.ts";
import { plantedValue } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend, openMemory } from "../support/open-manager.ts";

/** Names that break the grammar, in order, without end for a test. */
function leftOut(index: number): string {
  return `a//${String(index).padStart(9, "0")}`;
}

afterEach(() => {
  vi.useRealTimers();
});

describe("the deadline of one next() of a list", () => {
  test("includes all entries that the grammar leaves out", async () => {
    vi.useFakeTimers();
    let given = 0;
    const manager = await openBackend(
      fakeBackend({
        list: async function* () {
          yield { name: "a" };
          for (; given < 1_000; given++) {
            await new Promise((resolve) => setTimeout(resolve, 400));
            yield { name: leftOut(given) };
          }
        },
      }),
      { timeout: 1_000 },
    );
    const list = manager.list();
    expect((await list.next()).value?.name).toBe("a");

    const call = failure(list.next());
    await vi.advanceTimersByTimeAsync(500_000);

    expect(await call).toMatchObject({ code: "TIMEOUT", operation: "list" });
    expect(given).toBeLessThan(4);
  });

  test("includes the pages that such entries make necessary", async () => {
    vi.useFakeTimers();
    let pages = 0;
    const manager = await openBackend(
      fakeBackend({
        list: async function* () {
          if (++pages > 1_000) return;
          await new Promise((resolve) => setTimeout(resolve, 400));
          yield { name: leftOut(pages) };
        },
      }),
      { timeout: 1_000 },
    );

    const call = failure(manager.list({ limit: 1 }).next());
    await vi.advanceTimersByTimeAsync(500_000);

    expect(await call).toMatchObject({ code: "TIMEOUT", operation: "list" });
    expect(pages).toBeLessThan(5);
  });

  test("expires even if the backend never yields to the event loop", async () => {
    let given = 0;
    const manager = await openBackend(
      fakeBackend({
        list: async function* () {
          while (given < 2_000_000) yield { name: leftOut(given++) };
        },
      }),
      { timeout: 300 },
    );

    expect(await failure(manager.list().next())).toMatchObject({ code: "TIMEOUT" });

    const atTheEnd = given;
    await sleep(100);
    expect(given).toBe(atTheEnd);
  });
});

test("a list of names in memory yields to the event loop and ends with its signal", async () => {
  const store = new MemoryStore();
  for (let index = 0; index < 200_000; index++) {
    store.insert(leftOut(index), { manager: "MEMORY", state: "active" }, plantedValue());
  }
  const manager = await openMemory(store);
  const controller = new AbortController();

  const call = failure(manager.list({ signal: controller.signal }).next());
  setTimeout(() => controller.abort(), 1);

  expect(await call).toMatchObject({ code: "ABORTED", operation: "list" });
});
