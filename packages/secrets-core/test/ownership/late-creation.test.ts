import { expect, test } from "vitest";
import type { SecretsManager } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { HeldProcess } from "../support/held-process.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });
const other = Object.freeze({ token: "b" });

/** A creation at OUTER that is held before this step, for so long that others finish it for who began it. */
async function heldCreation(
  method: "write" | "ownership.advance",
): Promise<{ stores: TwoStores; late: HeldProcess; creating: Promise<unknown> }> {
  const stores = new TwoStores();
  const late = new HeldProcess();
  const manager = await stores.open("OUTER", { intercept: late.intercept });
  const held = late.hold((step) => step.method === method);
  const creating = manager.create("a", value);
  // Its failure is looked at later.
  creating.catch(() => undefined);
  await held;
  stores.age();
  await (await stores.open("OUTER")).close();
  return { stores, late, creating };
}

async function everyReader(stores: TwoStores): Promise<SecretsManager[]> {
  return [await stores.open("MEMORY"), await stores.open("OUTER")];
}

test("a creation that another process completed succeeds", async () => {
  const { stores, late, creating } = await heldCreation("ownership.advance");
  expect(stores.table.find("a")).toMatchObject({ state: "active" });
  late.release();
  expect(await creating).toMatchObject({ manager: "OUTER" });
});

test("a creation that another process reverted before its value was written still has an entry", async () => {
  const { stores, late, creating } = await heldCreation("write");
  expect(stores.contents.rows).toEqual([]);
  late.release();
  expect(await creating).toMatchObject({ manager: "OUTER" });
  for (const reader of await everyReader(stores)) expect((await reader.get("a"))?.value).toEqual(value);
});

test("a creation that another process reverted does not succeed when another manager owns the name", async () => {
  for (const when of ["before its last read", "after it"]) {
    const { stores, late, creating } = await heldCreation("write");
    const atMemory = await stores.open("MEMORY");
    if (when === "after it") {
      late.release();
      await late.hold(({ method }) => method === "ownership.claim");
    }
    await atMemory.create("a", other);
    late.release();
    expect(await failure(creating)).toMatchObject({ code: "OUTCOME_UNKNOWN" });
    for (const reader of await everyReader(stores)) expect((await reader.get("a"))?.value).toEqual(other);
  }
});

test("a creation that another process completed does not succeed while the secret is being deleted", async () => {
  const { stores, late, creating } = await heldCreation("ownership.advance");
  const deleting = new HeldProcess();
  const deleter = await stores.open("OUTER", { intercept: deleting.intercept });
  const held = deleting.hold(({ plugin }) => plugin === "OUTER");
  const deletion = deleter.delete("a");
  await held;
  late.release();
  expect(await failure(creating)).toMatchObject({ code: "OUTCOME_UNKNOWN" });
  deleting.release();
  expect(await deletion).toBe(true);
  expect(stores.contents).toEqual({ rows: [], outer: [] });
});

test("a creation after an aborted one is seen by a process that read in between", async () => {
  const stores = new TwoStores();
  const reading = new HeldProcess();
  const manager = await stores.open("MEMORY", { intercept: reading.intercept });
  const change = { manager: "OUTER", state: "creating", transitionId: "first", path: "outer/a" } as const;
  stores.table.insert("a", change, undefined);
  const held = reading.hold(({ plugin }) => plugin === "OUTER");
  const found = manager.get("a");
  await held;
  reading.release();
  await Promise.race([reading.hold(({ method }) => method === "ownership.find"), found]);
  stores.table.remove("a");
  const second = new HeldProcess();
  const creator = await stores.open("OUTER", { intercept: second.intercept });
  const isWritten = second.hold(({ method }) => method === "ownership.advance");
  const creating = creator.create("a", value);
  await isWritten;
  for (const reader of await everyReader(stores)) expect((await reader.get("a"))?.value).toEqual(value);
  reading.release();
  expect((await found)?.value).toEqual(value);
  second.release();
  await creating;
});
