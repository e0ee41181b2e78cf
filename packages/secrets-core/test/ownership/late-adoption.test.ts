import type { Intercept } from "@archestra/test-harness/intercepted-plugin";
import { describe, expect, test } from "vitest";
import type { SecretsManager } from "../../src/index.ts";
import { SuspendedProcess } from "../support/suspended-process.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });
const next = Object.freeze({ token: "b" });

/** Lets another process act just before the process inserts its entry. */
const beforeClaim =
  (act: () => Promise<unknown>): Intercept =>
  async ({ method }, run) => {
    if (method === "ownership.claim") await act();
    return run();
  };

const reads: readonly [call: string, run: (manager: SecretsManager) => Promise<unknown>][] = [
  ["get", async (manager) => (await manager.get("a"))?.value],
  [
    "getMany",
    async (manager) => {
      const result = (await manager.getMany(["a"])).get("a");
      return result?.status === "found" ? result.secret.value : result?.status;
    },
  ],
  ["has", async (manager) => (await manager.has("a")) && (await manager.get("a"))?.value],
];

describe.each(reads)("%s of a value without an entry", (_call, read) => {
  test("finds the secret when another process adopts it first", async () => {
    const stores = TwoStores.withUnknown(value);
    const other = await stores.open("OUTER");
    const manager = await stores.open("OUTER", { intercept: beforeClaim(() => other.has("a")) });
    expect(await read(manager)).toEqual(value);
  });

  test("finds a secret that another process creates at the other manager concurrently", async () => {
    const stores = TwoStores.withUnknown(value);
    const other = await stores.open("MEMORY");
    const manager = await stores.open("OUTER", { intercept: beforeClaim(() => other.create("a", next)) });
    expect(await read(manager)).toEqual(next);
  });

  test("does not remove the entry of a secret that was created after the deletion", async () => {
    const stores = TwoStores.withUnknown(value);
    const rest = new SuspendedProcess();
    const other = await stores.open("OUTER", { intercept: rest.intercept });
    const late = new SuspendedProcess();
    const manager = await stores.open("OUTER", { intercept: late.intercept });

    let isClaimed = false;
    const beforeSecondLook = late.suspendAt(({ plugin, method }) => {
      isClaimed ||= method === "ownership.claim";
      return isClaimed && plugin === "OUTER";
    });
    const reading = read(manager);
    await Promise.race([beforeSecondLook, reading]);
    const deleting = other.delete("a");
    await Promise.race([rest.suspendAt(() => false), deleting]);
    late.resume();
    await Promise.race([late.suspendAt(({ method }) => /advance|remove/.test(method)), reading]);
    const creating = deleting.then(() => other.create("a", next));
    await Promise.race([rest.suspendAt(() => false), creating]);
    late.resume();
    await Promise.all([reading, creating]);

    for (const selected of ["MEMORY", "OUTER"] as const) {
      expect((await (await stores.open(selected)).get("a"))?.value).toEqual(next);
    }
  });
});
