import { describe, expect, test } from "vitest";
import { SecretsError } from "../../src/index.ts";
import { entriesOf } from "../support/entries-of.ts";
import { failure } from "../support/failure.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { type ManagerId, TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "1" });
const next = Object.freeze({ token: "2" });

describe.each(["MEMORY", "OUTER"] as const)("with %s selected", (selected) => {
  const other: ManagerId = selected === "MEMORY" ? "OUTER" : "MEMORY";
  const [own, foreign] = selected === "MEMORY" ? ["of-memory", "of-outer"] : ["of-outer", "of-memory"];

  test("secrets of both managers are read, each from its owner", async () => {
    const stores = await TwoStores.filled(value);
    const manager = await stores.open(selected);
    for (const [name, owner] of [
      [own, selected],
      [foreign, other],
    ] as const) {
      const secret = await manager.get(name);
      expect([secret?.manager, secret?.value]).toEqual([owner, value]);
      expect(await manager.has(name)).toBe(true);
    }
    expect(await manager.get("none")).toBeUndefined();
    expect(await manager.has("none")).toBe(false);
    expect(await entriesOf(manager)).toEqual(["of-memory at MEMORY", "of-outer at OUTER"]);
  });

  test("getMany reads from both, and returns absence for a name of neither", async () => {
    const manager = await (await TwoStores.filled(value)).open(selected);
    const results = await manager.getMany(["none", "of-outer", "of-memory"]);
    expect([...results.keys()]).toEqual(["none", "of-outer", "of-memory"]);
    const seen = [...results.values()].map((result) => result.status === "found" && result.secret.manager);
    expect(seen).toEqual([false, "OUTER", "MEMORY"]);
  });

  test("set, update and delete follow the owner, and set returns it", async () => {
    const stores = await TwoStores.filled(value);
    const manager = await stores.open(selected);
    expect((await manager.set(foreign, next)).manager).toBe(other);
    expect((await manager.get(foreign))?.value).toEqual(next);
    const read = await manager.get(foreign);
    expect((await manager.update(foreign, value, { ifVersion: read?.version })).manager).toBe(other);
    expect(await failure(manager.update(foreign, value, { ifVersion: read?.version }))).toMatchObject({
      code: "CONFLICT",
    });
    await manager.update(foreign, (current) => ({ ...current, seen: true }));
    expect((await manager.get(foreign))?.value).toEqual({ ...value, seen: true });
    expect(await failure(manager.delete(foreign, { ifVersion: read?.version }))).toMatchObject({
      code: "CONFLICT",
    });
    const last = await manager.get(foreign);
    expect(await manager.delete(foreign, { ifVersion: last?.version })).toBe(true);
    expect(await manager.delete(own)).toBe(true);
    expect(await manager.delete(own)).toBe(false);
    expect(stores.contents).toEqual({ rows: [], outer: [] });
  });

  test("create() of a name that another manager owns reports the remedy", async () => {
    const stores = await TwoStores.filled(value);
    const manager = await stores.open(selected);
    const refused = await failure(manager.create(foreign, next));
    expect(refused).toMatchObject({ code: "ALREADY_EXISTS", reason: "OTHER_MANAGER" });
    expect(refused.message).toContain("migrateSecrets");
    expect(refused.message).toContain("delete and recreate it");
    expect(await failure(manager.create(own, next))).not.toHaveProperty("reason");
    expect((await manager.get(foreign))?.value).toEqual(value);
  });

  test("a version of one manager is not a version of the other", async () => {
    const manager = await (await TwoStores.filled(value)).open(selected);
    const ifVersion = (await manager.get(own))?.version;
    for (const call of [
      manager.update(foreign, next, { ifVersion }),
      manager.delete(foreign, { ifVersion }),
    ]) {
      expect(await failure(call)).toMatchObject({ code: "CONFLICT" });
    }
    expect(await failure(manager.update("none", next, { ifVersion }))).toMatchObject({ code: "NOT_FOUND" });
    expect(await manager.delete("none", { ifVersion })).toBe(false);
  });

  test("the start warns once of secrets elsewhere; describe and check count them", async () => {
    const logger = recordedLogger();
    const manager = await (await TwoStores.filled(value)).open(selected, { logger });
    expect(logger.warnings).toHaveLength(1);
    expect(logger.warnings[0]).toMatchObject({
      fields: { code: "ARCHESTRA_SECRETS_OF_OTHER_MANAGERS", counts: { [other]: 1 } },
    });
    expect(manager.describe()).toMatchObject({ ownership: "MEMORY", countByManager: { [other]: 1 } });
    const counts = { MEMORY: 1, OUTER: 1 };
    expect(await manager.check({ count: true })).toMatchObject({ count: 2, countByManager: counts });
    expect(manager.describe().countByManager).toEqual(counts);
  });

  test("an entry without a value reads as absent, and can be recreated and deleted", async () => {
    const stores = await TwoStores.filled(value);
    stores.outer.remove("of-outer");
    const manager = await stores.open(selected);
    expect(await manager.get("of-outer")).toBeUndefined();
    expect(await manager.has("of-outer")).toBe(false);
    expect((await manager.getMany(["of-outer"])).get("of-outer")).toEqual({ status: "absent" });
    expect(await failure(manager.update("of-outer", next))).toMatchObject({ code: "NOT_FOUND" });
    expect(await manager.delete("of-outer")).toBe(false);
    const created = await manager.create("of-outer", next);
    expect(created.manager).toBe(selected);
    expect((await manager.get("of-outer"))?.value).toEqual(next);
  });
});

describe("a value without an entry", () => {
  async function fullOuter(): Promise<TwoStores> {
    const stores = new TwoStores();
    for (const name of ["a", "b", "c"]) {
      stores.outer.insert(name, { manager: "MEMORY", state: "active" }, value);
    }
    return stores;
  }

  test("is found by every read, and adopted", async () => {
    const stores = await fullOuter();
    const manager = await stores.open("OUTER");
    expect(await entriesOf(manager)).toEqual(["a at OUTER", "b at OUTER", "c at OUTER"]);
    expect(stores.contents.rows).toEqual([]);
    expect((await manager.get("a"))?.value).toEqual(value);
    expect(await manager.has("b")).toBe(true);
    expect((await manager.getMany(["c"])).get("c")).toMatchObject({ status: "found" });
    expect(stores.contents.rows).toEqual(["a", "b", "c"]);
    expect(await (await stores.open("MEMORY")).get("a")).toMatchObject({ manager: "OUTER" });
  });

  test("is not created a second time, and is set, updated and deleted where it is", async () => {
    const stores = await fullOuter();
    const manager = await stores.open("OUTER");
    expect(await failure(manager.create("a", next))).toMatchObject({ code: "ALREADY_EXISTS" });
    await manager.set("b", next);
    await manager.update("c", next);
    expect(stores.outer.rows.map((row) => row.value)).toEqual([value, next, next]);
    for (const name of ["a", "b", "c"]) expect(await manager.delete(name)).toBe(true);
    expect(stores.contents).toEqual({ rows: [], outer: [] });
  });
});

describe("an external manager", () => {
  test("without the permission to list leaves the entries, with one warning", async () => {
    const stores = await TwoStores.filled(value);
    stores.outer.insert("unknown", { manager: "MEMORY", state: "active" }, value);
    const logger = recordedLogger();
    const refuse = () => {
      throw Object.assign(new Error("no"), { code: "EPERM" });
    };
    const replaced = {
      // biome-ignore lint/correctness/useYield: it never comes to that
      async *list(): AsyncGenerator<never> {
        refuse();
      },
      classify: () => "PERMISSION_DENIED" as const,
    };
    const manager = await stores.open("OUTER", { logger, outer: { replaced } });
    logger.warnings.length = 0;
    for (let time = 0; time < 2; time++) {
      expect(await entriesOf(manager)).toEqual(["of-memory at MEMORY", "of-outer at OUTER"]);
    }
    expect((await manager.check({ count: true })).count).toBe(2);
    expect(await manager.has("unknown")).toBe(true);
    expect(logger.warnings.map(({ fields }) => fields.code)).toEqual([
      "ARCHESTRA_SECRETS_LIST_WITHOUT_PERMISSION",
    ]);
  });

  test("that refuses a deletion leaves the secret as it was", async () => {
    const stores = await TwoStores.filled(value);
    const replaced = {
      delete: async () => {
        throw new Error("no");
      },
      classify: () => "PERMISSION_DENIED" as const,
    };
    const manager = await stores.open("OUTER", { outer: { replaced } });
    expect(await failure(manager.delete("of-outer"))).toMatchObject({
      code: "PERMISSION_DENIED",
      manager: "OUTER",
    });
    expect((await manager.get("of-outer"))?.value).toEqual(value);
    expect(stores.table.find("of-outer")?.transitionId).toBeUndefined();
  });

  test("that refuses a creation leaves no entry, and a creation of unknown outcome leaves one for recovery", async () => {
    const stores = new TwoStores();
    const refusing = (code: "PERMISSION_DENIED" | "OUTCOME_UNKNOWN") => ({
      replaced: {
        write: async () => {
          throw new Error("no");
        },
        classify: () => code,
      },
    });
    const refused = await stores.open("OUTER", { outer: refusing("PERMISSION_DENIED") });
    expect(await failure(refused.create("a", value))).toMatchObject({ code: "PERMISSION_DENIED" });
    expect(stores.contents.rows).toEqual([]);
    const unknown = await stores.open("OUTER", { outer: refusing("OUTCOME_UNKNOWN") });
    expect(await failure(unknown.create("a", value))).toMatchObject({ code: "OUTCOME_UNKNOWN" });
    expect(stores.table.find("a")).toMatchObject({ state: "creating" });
    // The request arrives late.
    stores.outer.insert("a", { manager: "MEMORY", state: "active" }, value);
    stores.age();
    expect((await unknown.get("a"))?.value).toEqual(value);
  });

  test("whose lost answer was a creation makes the call succeed, since the call inserted the entry", async () => {
    const stores = new TwoStores();
    const replaced = {
      write: async (name: string, written: object) => {
        stores.outer.insert(name, { manager: "MEMORY", state: "active" }, written as never);
        throw new Error("The answer is lost.");
      },
      classify: () => "OUTCOME_UNKNOWN" as const,
    };
    const manager = await stores.open("OUTER", { outer: { replaced } });
    expect(await manager.create("a", value)).toMatchObject({ name: "a", manager: "OUTER" });
    expect(stores.table.find("a")).toMatchObject({ state: "active" });
  });

  test.each([
    ["INVALID_VALUE", "NOT_AN_OBJECT"],
    ["INTERNAL", "DAMAGED_SECRET"],
  ] as const)("that cannot read a secret, %s for %s, lets a call replace it", async (code, reason) => {
    const stores = await TwoStores.filled(value);
    const replaced = {
      get: async () => {
        throw new SecretsError(code, "It is damaged.", { reason });
      },
      has: async () => true,
    };
    const manager = await stores.open("MEMORY", { outer: { replaced } });
    expect(await failure(manager.update("of-outer", () => next))).toMatchObject({ code, reason });
    for (const mended of [next, value]) {
      const change = mended === next ? manager.set("of-outer", next) : manager.update("of-outer", value);
      expect((await change).manager).toBe("OUTER");
      expect(stores.outer.find("of-outer")?.value).toEqual(mended);
    }
  });

  test("without conditional writes creates by the entry alone, and has no versions", async () => {
    const stores = new TwoStores({ conditionalWrites: false });
    const [one, two] = [await stores.open("OUTER"), await stores.open("OUTER")];
    const outcomes = await Promise.allSettled([one.create("a", value), two.create("a", next)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    await one.update("a", (current) => ({ ...current, seen: true }));
    await one.set("a", next);
    for (const call of [
      one.update("a", value, { ifVersion: "OUTER:1" }),
      one.delete("a", { ifVersion: "OUTER:1" }),
    ]) {
      expect(await failure(call)).toMatchObject({ code: "UNSUPPORTED" });
    }
    expect(await one.delete("a")).toBe(true);
    expect(stores.contents).toEqual({ rows: [], outer: [] });
  });
});

test("the cache returns the changed value of a secret of another manager", async () => {
  const stores = await TwoStores.filled(value);
  const manager = await stores.open("MEMORY", { cache: { maxAge: 60_000 } });
  expect((await manager.get("of-outer"))?.value).toEqual(value);
  await manager.set("of-outer", next);
  expect((await manager.get("of-outer"))?.value).toEqual(next);
  await manager.delete("of-outer");
  expect(await manager.get("of-outer")).toBeUndefined();
});

test("a recovery age below twice the longest timeout that any process can have is refused", async () => {
  const stores = new TwoStores();
  await expect(stores.open("OUTER", { recoveryAge: 119_999 })).rejects.toThrow(TypeError);
  await stores.open("OUTER", { recoveryAge: 120_000 });
});
