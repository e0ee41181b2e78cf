import { afterEach, describe, expect, test, vi } from "vitest";
import type { Intercept } from "../../../../tools/testing/intercepted-plugin.ts";
import { migrateSecrets } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "1" });

afterEach(() => {
  vi.useRealTimers();
});

/** The machine is suspended for ten minutes once a step of the table is done: the wall clock goes on, and no timer has fired. */
function suspendedAfter(step: string): Intercept {
  return async ({ method }, run) => {
    const result = await run();
    if (method === step) vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 600_000 });
    return result;
  };
}

describe("a process that stands still in the middle of a change until others may have taken it over", () => {
  test("writes nothing any more", async () => {
    const stores = new TwoStores();
    const manager = await stores.open("OUTER", { intercept: suspendedAfter("references.claim") });
    expect((await failure(manager.create("a", value))).code).toBe("OUTCOME_UNKNOWN");
    expect(stores.contents.outer).toEqual([]);
  });

  test("deletes nothing any more", async () => {
    const stores = new TwoStores();
    const manager = await stores.open("OUTER", { intercept: suspendedAfter("references.advance") });
    await manager.create("a", value);
    vi.useRealTimers();
    expect((await failure(manager.delete("a"))).code).toBe("OUTCOME_UNKNOWN");
    expect(stores.outer.find("a")?.value).toEqual(value);
  });

  test("moves nothing any more", async () => {
    const stores = new TwoStores();
    await (await stores.open("MEMORY")).create("a", value);
    const manager = await stores.open("MEMORY", { intercept: suspendedAfter("references.advance") });
    const report = await migrateSecrets(manager, { to: "OUTER" });
    expect(report).toMatchObject({ done: 0, failed: 1, failures: [{ error: { code: "OUTCOME_UNKNOWN" } }] });
    expect(stores.contents.outer).toEqual([]);
  });
});
