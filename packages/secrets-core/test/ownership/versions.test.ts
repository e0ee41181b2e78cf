import { describe, expect, test } from "vitest";
import { finalizeMigration, migrateSecrets } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { SuspendedProcess } from "../support/suspended-process.ts";
import { type ManagerId, TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });
const next = Object.freeze({ token: "b" });
const opposite: Record<ManagerId, ManagerId> = { MEMORY: "OUTER", OUTER: "MEMORY" };

describe.each(["MEMORY", "OUTER"] as const)("with %s selected,", (selected) => {
  describe.each(["MEMORY", "OUTER"] as const)("a secret of %s", (owner) => {
    test("is changed by a function only under the version that was read", async () => {
      const stores = new TwoStores();
      const { version: old } = await (await stores.open(owner)).create("a", value);
      const manager = await stores.open(selected);
      const { version } = await manager.update("a", () => next, { ifVersion: old });
      expect((await manager.get("a"))?.version).toBe(version);
      let isAsked = false;
      const change = () => {
        isAsked = true;
        return value;
      };
      expect(await failure(manager.update("a", change, { ifVersion: old }))).toMatchObject({
        code: "CONFLICT",
      });
      expect(isAsked).toBe(false);
      expect((await manager.get("a"))?.value).toEqual(next);
    });

    test("is neither changed nor deleted under a version of the other manager", async () => {
      const stores = new TwoStores();
      const { version: own } = await (await stores.open(owner)).create("a", value);
      // As a version of the other manager would be if it counted in the same way.
      const ifVersion = own?.replace(owner, opposite[owner]);
      const manager = await stores.open(selected);
      const refused = await Promise.all([
        failure(manager.update("a", next, { ifVersion })),
        failure(manager.update("a", () => next, { ifVersion })),
        failure(manager.delete("a", { ifVersion })),
      ]);
      expect(refused.map(({ code }) => code)).toEqual(["CONFLICT", "CONFLICT", "CONFLICT"]);
      expect((await manager.get("a"))?.value).toEqual(value);
    });
  });

  test("a manager without conditional writes refuses versions in every call", async () => {
    const stores = new TwoStores({ conditionalWrites: false });
    await (await stores.open("OUTER")).create("a", value);
    const manager = await stores.open(selected);
    const refused = await Promise.all([
      failure(manager.update("a", next, { ifVersion: "OUTER:1" })),
      failure(manager.update("a", () => next, { ifVersion: "OUTER:1" })),
      failure(manager.delete("a", { ifVersion: "OUTER:1" })),
    ]);
    for (const error of refused) expect(error).toMatchObject({ code: "UNSUPPORTED", manager: "OUTER" });
    expect((await manager.get("a"))?.value).toEqual(value);
  });

  test("an update follows a secret that is moved away from a manager without conditional writes", async () => {
    const stores = new TwoStores({ conditionalWrites: false });
    const mover = await stores.open("OUTER");
    await mover.create("a", value);
    const late = new SuspendedProcess();
    const manager = await stores.open(selected, { intercept: late.intercept });
    const suspended = late.suspendAt(({ plugin, method }) => plugin === "OUTER" && method === "write");
    const updating = manager.update("a", next);
    await suspended;
    await migrateSecrets(mover, { to: "MEMORY", writersStopped: true });
    await finalizeMigration(mover);
    late.resume();
    expect(await updating).toMatchObject({ manager: "MEMORY" });
    expect((await mover.get("a"))?.value).toEqual(next);
  });
});
