import { expect, test } from "vitest";
import { finalizeMigration, migrateSecrets } from "../../src/index.ts";
import { SuspendedProcess } from "../support/suspended-process.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });
const next = Object.freeze({ token: "b" });

test("set() replaces a secret that was deleted at one manager and created at the other concurrently", async () => {
  const stores = new TwoStores();
  const [atMemory, atOuter] = [await stores.open("MEMORY"), await stores.open("OUTER")];
  await atOuter.create("a", value);
  const late = new SuspendedProcess();
  const manager = await stores.open("MEMORY", { intercept: late.intercept });
  const beforeLook = late.suspendAt(({ method }) => method === "ownership.find");
  const setting = manager.set("a", next);
  await beforeLook;
  await atOuter.delete("a");
  late.resume();
  await Promise.race([late.suspendAt(({ method }) => method === "write"), setting]);
  await atMemory.create("a", value);
  late.resume();
  expect(await setting).toMatchObject({ manager: "MEMORY" });
  expect((await atMemory.get("a"))?.value).toEqual(next);
});

test.each(["MEMORY", "OUTER"] as const)(
  "with %s selected, an update by a function does not land between the copy of a secret and its new owner",
  async (selected) => {
    const stores = new TwoStores();
    const first = await stores.open("OUTER");
    await first.create("a", { marks: ["first"] });

    // It looks where the secret is not any more, and then where it is just being moved away again.
    const late = new SuspendedProcess();
    const seen = Promise.withResolvers<void>();
    let isWatched = false;
    let reads = 0;
    const manager = await stores.open(selected, {
      intercept: async (step, run) => {
        const result = await late.intercept(step, run);
        if (!isWatched) return result;
        if (step.method === "write" || (step.method === "ownership.read" && ++reads === 3)) seen.resolve();
        return result;
      },
    });
    const beforeOwner = late.suspendAt(({ plugin }) => plugin === "OUTER");
    const updating = manager.update("a", (current) => ({
      marks: [...(current as unknown as { readonly marks: string[] }).marks, "late"],
    }));
    await beforeOwner;
    await migrateSecrets(first, { to: "MEMORY" });
    await finalizeMigration(first);
    late.resume();
    await late.suspendAt(({ method }) => method === "ownership.advance");
    await migrateSecrets(first, { to: "OUTER" });
    await finalizeMigration(first);
    const moving = new SuspendedProcess();
    const mover = await stores.open("OUTER", { intercept: moving.intercept });
    const beforeCopy = moving.suspendAt(({ args }) => Object(args[1]).value !== undefined);
    const migrating = migrateSecrets(mover, { to: "MEMORY" });
    await beforeCopy;
    isWatched = true;
    late.resume();
    await Promise.race([seen.promise, updating]);
    moving.resume();
    await migrating;
    expect(await updating).toMatchObject({ manager: "MEMORY" });
    expect((await first.get("a"))?.value).toEqual({ marks: ["first", "late"] });
  },
);
