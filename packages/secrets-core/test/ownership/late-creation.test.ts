import { expect, test } from "vitest";
import type { SecretsManager } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { SuspendedProcess } from "../support/suspended-process.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });
const other = Object.freeze({ token: "b" });

/** A creation at OUTER that is suspended before this step, for so long that others finish it for who began it. */
async function suspendedCreation(
  method: "write" | "ownership.advance",
): Promise<{ stores: TwoStores; late: SuspendedProcess; creating: Promise<unknown> }> {
  const stores = new TwoStores();
  const late = new SuspendedProcess();
  const manager = await stores.open("OUTER", { intercept: late.intercept });
  const suspended = late.suspendAt((step) => step.method === method);
  const creating = manager.create("a", value);
  // Its failure is looked at later.
  creating.catch(() => undefined);
  await suspended;
  stores.age();
  await (await stores.open("OUTER")).close();
  return { stores, late, creating };
}

async function everyReader(stores: TwoStores): Promise<SecretsManager[]> {
  return [await stores.open("MEMORY"), await stores.open("OUTER")];
}

test("a creation that another process completed succeeds", async () => {
  const { stores, late, creating } = await suspendedCreation("ownership.advance");
  expect(stores.table.find("a")).toMatchObject({ state: "active" });
  late.resume();
  expect(await creating).toMatchObject({ manager: "OUTER" });
});

test("a creation that another process reverted before its value was written still has an entry", async () => {
  const { stores, late, creating } = await suspendedCreation("write");
  expect(stores.contents.rows).toEqual([]);
  late.resume();
  expect(await creating).toMatchObject({ manager: "OUTER" });
  for (const reader of await everyReader(stores)) expect((await reader.get("a"))?.value).toEqual(value);
});

test("a creation that another process reverted does not succeed when another manager owns the name", async () => {
  for (const when of ["before its last read", "after it"]) {
    const { stores, late, creating } = await suspendedCreation("write");
    const atMemory = await stores.open("MEMORY");
    if (when === "after it") {
      late.resume();
      await late.suspendAt(({ method }) => method === "ownership.claim");
    }
    await atMemory.create("a", other);
    late.resume();
    expect(await failure(creating)).toMatchObject({ code: "OUTCOME_UNKNOWN" });
    for (const reader of await everyReader(stores)) expect((await reader.get("a"))?.value).toEqual(other);
  }
});

test("a creation that another process completed does not succeed while the secret is being deleted", async () => {
  const { stores, late, creating } = await suspendedCreation("ownership.advance");
  const deleting = new SuspendedProcess();
  const deleter = await stores.open("OUTER", { intercept: deleting.intercept });
  const suspended = deleting.suspendAt(({ plugin }) => plugin === "OUTER");
  const deletion = deleter.delete("a");
  await suspended;
  late.resume();
  expect(await failure(creating)).toMatchObject({ code: "OUTCOME_UNKNOWN" });
  deleting.resume();
  expect(await deletion).toBe(true);
  expect(stores.contents).toEqual({ rows: [], outer: [] });
});

test("a creation after an aborted one is seen by a process that read in between", async () => {
  const stores = new TwoStores();
  const reading = new SuspendedProcess();
  const manager = await stores.open("MEMORY", { intercept: reading.intercept });
  const change = { manager: "OUTER", state: "creating", transitionId: "first", path: "outer/a" } as const;
  stores.table.insert("a", change, undefined);
  const suspended = reading.suspendAt(({ plugin }) => plugin === "OUTER");
  const found = manager.get("a");
  await suspended;
  reading.resume();
  await Promise.race([reading.suspendAt(({ method }) => method === "ownership.find"), found]);
  stores.table.remove("a");
  const second = new SuspendedProcess();
  const creator = await stores.open("OUTER", { intercept: second.intercept });
  const isWritten = second.suspendAt(({ method }) => method === "ownership.advance");
  const creating = creator.create("a", value);
  await isWritten;
  for (const reader of await everyReader(stores)) expect((await reader.get("a"))?.value).toEqual(value);
  reading.resume();
  expect((await found)?.value).toEqual(value);
  second.resume();
  await creating;
});
