import { describe, expect, test } from "vitest";
import { entriesOf } from "../support/entries-of.ts";
import { failure } from "../support/failure.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "1" });
const next = Object.freeze({ token: "2" });

describe("an entry in a transition of another process", () => {
  test("reads as absent while it is created or deleted, and its change is a conflict", async () => {
    const stores = new TwoStores();
    const path = "outer/a";
    for (const state of ["creating", "deleting"] as const) {
      stores.table.insert("a", { manager: "OUTER", state, transitionId: "theirs", path }, undefined);
      const manager = await stores.open("OUTER");
      expect(await manager.get("a")).toBeUndefined();
      expect(await manager.has("a")).toBe(false);
      expect(await entriesOf(manager)).toEqual([]);
      // Not even while the value is there still, or already.
      stores.outer.insert("a", { manager: "MEMORY", state: "active" }, value);
      if (state === "deleting") expect(await entriesOf(manager)).toEqual([]);
      stores.outer.remove("a");
      const conflict = { code: "CONFLICT", reason: "IN_TRANSITION", retryable: true };
      expect(await failure(manager.set("a", next))).toMatchObject(conflict);
      stores.table.remove("a");
    }
  });

  test("is awaited, if it ends in time", async () => {
    const stores = new TwoStores();
    const path = "outer/a";
    const row = stores.table.insert(
      "a",
      { manager: "OUTER", state: "creating", transitionId: "1", path },
      undefined,
    );
    const manager = await stores.open("OUTER");
    const created = failure(manager.create("a", next));
    const set = manager.set("a", next);
    stores.outer.insert("a", { manager: "MEMORY", state: "active" }, value);
    stores.table.replace(row, { state: "active", transitionId: undefined });
    expect(await created).toMatchObject({ code: "ALREADY_EXISTS" });
    expect((await set).manager).toBe("OUTER");
  });

  test("is read during a move, and written after it", async () => {
    const stores = await TwoStores.filled(value);
    const row = stores.table.find("of-outer");
    if (row === undefined) throw new Error("There is no row.");
    stores.table.replace(row, { state: "moving", transitionId: "theirs", transitionStartedAt: new Date() });
    const manager = await stores.open("OUTER");
    expect((await manager.get("of-outer"))?.value).toEqual(value);
    const writing = manager.set("of-outer", next);
    expect((await manager.get("of-outer"))?.value).toEqual(value);
    stores.table.replace(row, { state: "active" });
    await writing;
    expect((await manager.get("of-outer"))?.value).toEqual(next);
  });

  test("is awaited until the deadline of the call, and is then a conflict that names the state", async () => {
    const stores = await TwoStores.filled(value);
    const row = stores.table.find("of-outer");
    if (row === undefined) throw new Error("There is no row.");
    stores.table.replace(row, { state: "moving", transitionId: "theirs", transitionStartedAt: new Date() });
    const manager = await stores.open("OUTER", { timeout: 300 });
    const refused = await failure(manager.set("of-outer", next));
    expect(refused).toMatchObject({ code: "CONFLICT", reason: "IN_TRANSITION", retryable: true });
    expect(refused.message).toContain("moving");
    expect((await manager.get("of-outer"))?.value).toEqual(value);
  });

  test("that is stale is completed by the next start, with a warning if that fails", async () => {
    const stores = new TwoStores();
    const rows = {
      created: { manager: "OUTER", state: "creating", transitionId: "1", path: "outer/created" },
      "not-created": { manager: "OUTER", state: "creating", transitionId: "2", path: "outer/not-created" },
      deleted: { manager: "OUTER", state: "deleting", transitionId: "3", path: "outer/deleted" },
      moved: { manager: "OUTER", state: "moving", transitionId: "4", path: "outer/moved" },
      lost: { manager: "OUTER", state: "creating", transitionId: "5", path: "elsewhere/lost" },
    } as const;
    for (const [name, row] of Object.entries(rows)) stores.table.insert(name, row, undefined);
    for (const name of ["created", "deleted", "moved"]) {
      stores.outer.insert(name, { manager: "MEMORY", state: "active" }, value);
    }
    const young = await stores.open("OUTER");
    expect(stores.contents.rows).toEqual(Object.keys(rows));
    await young.close();

    stores.age();
    const logger = recordedLogger();
    const manager = await stores.open("OUTER", { logger });
    expect(stores.contents).toEqual({ rows: ["created", "moved", "lost"], outer: ["created", "moved"] });
    expect(logger.warnings.map(({ fields }) => [fields.code, fields.name])).toEqual([
      ["ARCHESTRA_SECRETS_NOT_RECOVERED", "lost"],
    ]);
    expect(await entriesOf(manager)).toEqual(["created at OUTER", "moved at OUTER"]);
  });
});
