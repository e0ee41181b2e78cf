import type { Intercept, Step } from "@archestra/test-harness/intercepted-plugin";
import { expect, test } from "vitest";
import { migrateSecrets, SecretsError } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });

/** Fails the reads of OUTER that follow the insertion of the entry. */
const failAfterClaim = (): Intercept => {
  let isClaimed = false;
  return async ({ plugin, method }, run) => {
    if (isClaimed && plugin === "OUTER") throw new SecretsError("UNAVAILABLE", "The store does not answer.");
    isClaimed ||= method === "ownership.claim";
    return run();
  };
};

test("a failed adoption does not prevent writes", async () => {
  for (const call of ["get", "has"] as const) {
    const stores = TwoStores.withUnknown(value);
    const failing = await stores.open("OUTER", { intercept: failAfterClaim() });
    expect(await failure(failing[call]("a"))).toMatchObject({ code: "UNAVAILABLE" });
    const manager = await stores.open("MEMORY", { timeout: 1_000 });
    expect((await manager.set("a", { token: "b" })).manager).toBe("OUTER");
    expect((await manager.get("a"))?.value).toEqual({ token: "b" });
  }
});

test("a stale adoption of a deleted secret leaves no entry", async () => {
  const stores = new TwoStores();
  const change = {
    manager: "OUTER",
    state: "adopting",
    transitionId: "of the dead",
    path: "outer/a",
  } as const;
  stores.table.insert("a", change, undefined);
  stores.age();
  const manager = await stores.open("MEMORY");
  expect(await Array.fromAsync(manager.list())).toEqual([]);
  expect(stores.contents).toEqual({ rows: [], outer: [] });
});

test("a migration locks no name whose secret was deleted after it was listed", async () => {
  const stores = new TwoStores({
    replaced: {
      async *list() {
        yield { name: "a", version: "1" };
      },
    },
  });
  const steps: Step[] = [];
  const manager = await stores.open("OUTER", {
    intercept: (step, run) => {
      steps.push(step);
      return run();
    },
  });
  expect(await migrateSecrets(manager, { to: "MEMORY" })).toMatchObject({ done: 0, skipped: 1, failed: 0 });
  expect(steps.filter(({ method }) => method === "ownership.claim")).toEqual([]);
});
