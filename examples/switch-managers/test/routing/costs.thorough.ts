import type { SecretsManager, SecretVersion } from "@archestra/secrets-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DatabaseAndVault, type ManagerId } from "./support/database-and-vault.ts";
import { describeWithVault } from "./support/describe-with-vault.ts";
import { createDatabase, describeEachDatabase } from "./support/test-database.ts";

type Call = (manager: SecretsManager, name: string, version?: SecretVersion) => Promise<unknown>;

const get: Call = (manager, name) => manager.get(name);
const has: Call = (manager, name) => manager.has(name);
const create: Call = (manager, name) => manager.create(name, { token: "new" });
const set: Call = (manager, name) => manager.set(name, { token: "new" });
const update: Call = (manager, name) => manager.update(name, { token: "new" });
const updateByFunction: Call = (manager, name) => manager.update(name, () => ({ token: "new" }));
const updateVersion: Call = (manager, name, ifVersion) =>
  manager.update(name, { token: "new" }, { ifVersion });
const remove: Call = (manager, name) => manager.delete(name);
const removeVersion: Call = (manager, name, ifVersion) => manager.delete(name, { ifVersion });

/** What a call costs a process that has this manager selected. */
type Costs = Readonly<Record<ManagerId, string>>;

const costsOfCalls: readonly {
  readonly what: string;
  readonly owner: ManagerId;
  readonly call: Call;
  readonly costs: Costs;
}[] = [
  { what: "get", owner: "DB", call: get, costs: { DB: "1 query", VAULT: "1 query" } },
  { what: "get", owner: "VAULT", call: get, costs: { DB: "1 query, 1 read", VAULT: "1 query, 1 read" } },
  { what: "has", owner: "DB", call: has, costs: { DB: "1 query", VAULT: "1 query" } },
  { what: "has", owner: "VAULT", call: has, costs: { DB: "1 query, 1 read", VAULT: "1 query, 1 read" } },

  // A process that has DB selected tries its own change first, and looks whose the row is when that is refused.
  { what: "set", owner: "DB", call: set, costs: { DB: "2 queries", VAULT: "3 queries" } },
  { what: "update", owner: "DB", call: update, costs: { DB: "2 queries", VAULT: "3 queries" } },
  {
    what: "update by a function",
    owner: "DB",
    call: updateByFunction,
    costs: { DB: "2 queries", VAULT: "2 queries" },
  },
  {
    what: "update of a version",
    owner: "DB",
    call: updateVersion,
    costs: { DB: "1 query", VAULT: "2 queries" },
  },

  // The second query confirms the row after the version was read; the second read is the plugin's, which compares the time
  // of that version with the one to write under.
  {
    what: "set",
    owner: "VAULT",
    call: set,
    costs: { DB: "3 queries, 2 reads, 1 write", VAULT: "2 queries, 2 reads, 1 write" },
  },
  {
    what: "update",
    owner: "VAULT",
    call: update,
    costs: { DB: "3 queries, 2 reads, 1 write", VAULT: "2 queries, 2 reads, 1 write" },
  },
  {
    what: "update by a function",
    owner: "VAULT",
    call: updateByFunction,
    costs: { DB: "2 queries, 2 reads, 1 write", VAULT: "2 queries, 2 reads, 1 write" },
  },
  {
    what: "update of a version",
    owner: "VAULT",
    call: updateVersion,
    costs: { DB: "1 query, 1 read, 1 write", VAULT: "1 query, 1 read, 1 write" },
  },

  { what: "delete", owner: "DB", call: remove, costs: { DB: "1 query", VAULT: "2 queries" } },
  {
    what: "delete of a version",
    owner: "DB",
    call: removeVersion,
    costs: { DB: "1 query", VAULT: "2 queries" },
  },
  // Found, `deleting`, removed. The read is the only way to know whether there was a value.
  {
    what: "delete",
    owner: "VAULT",
    call: remove,
    costs: { DB: "5 queries, 1 read, 1 write", VAULT: "3 queries, 1 read, 1 write" },
  },
  // The value is rewritten under the version, so that nobody changes what is about to be deleted.
  {
    what: "delete of a version",
    owner: "VAULT",
    call: removeVersion,
    costs: { DB: "4 queries, 3 reads, 2 writes", VAULT: "4 queries, 3 reads, 2 writes" },
  },
];

const costsOfNothing: readonly { readonly what: string; readonly call: Call; readonly costs: Costs }[] = [
  { what: "create", call: create, costs: { DB: "1 query", VAULT: "2 queries, 1 write" } },
  { what: "set", call: set, costs: { DB: "2 queries", VAULT: "3 queries, 1 read, 1 write" } },
  // Whether it is a secret that the table does not know, only Vault can tell.
  { what: "get", call: get, costs: { DB: "1 query", VAULT: "1 query, 1 read" } },
  { what: "has", call: has, costs: { DB: "1 query", VAULT: "1 query, 1 read" } },
  { what: "delete", call: remove, costs: { DB: "3 queries", VAULT: "1 query, 1 read" } },
];

describeWithVault("a call sends as few requests as possible", { audit: true }, (vault) => {
  describeEachDatabase("with an ownership table", (dialect) => {
    let places: DatabaseAndVault;
    let managers: Record<ManagerId, SecretsManager>;

    beforeAll(async () => {
      places = new DatabaseAndVault(await createDatabase(dialect), vault());
      managers = { DB: await places.open("DB"), VAULT: await places.open("VAULT") };
      // From here on both have opened both managers.
      await managers.VAULT.create("first", { token: "old" });
      await managers.DB.get("first");
    });
    afterAll(async () => {
      await Promise.all(Object.values(managers).map((manager) => manager.close()));
      await places.database.remove();
    });

    test.each(costsOfCalls)("$what of a secret of $owner", async ({ call, what, owner, costs }) => {
      const measured: Record<string, string> = {};
      for (const selected of ["DB", "VAULT"] as const) {
        const name = `${what} of ${owner} by ${selected}`;
        const { version } = await managers[owner].create(name, { token: "old" });
        measured[selected] = await costOf(places, () => call(managers[selected], name, version));
      }
      expect(measured).toEqual(costs);
    });

    test.each(costsOfNothing)("$what where there is nothing", async ({ call, what, costs }) => {
      const measured: Record<string, string> = {};
      for (const selected of ["DB", "VAULT"] as const) {
        const name = `${what} of nothing by ${selected}`;
        measured[selected] = await costOf(places, () => call(managers[selected], name));
      }
      expect(measured).toEqual(costs);
    });

    test.each(["DB", "VAULT"] as const)(
      "getMany of 500 secrets, half of them in Vault, with %s selected",
      async (selected) => {
        const names = Array.from({ length: 500 }, (_, index) => `many-${selected}-${index}`);
        for (const [index, name] of names.entries()) {
          await managers[index % 2 === 0 ? "DB" : "VAULT"].create(name, { index });
        }
        const cost = await costOf(places, async () => {
          const results = await managers[selected].getMany(names);
          const found = [...results.values()].map(
            (result) => result.status === "found" && result.secret.value,
          );
          expect(found).toEqual(names.map((_, index) => ({ index })));
        });
        expect(cost).toBe("1 query, 250 reads");
      },
    );
  });
});

/** What a call asks of the database, and of Vault by its audit log: `2 queries, 1 read`. */
async function costOf({ database, vault }: DatabaseAndVault, call: () => Promise<unknown>): Promise<string> {
  const before = (await vault.auditedRequests()).length;
  database.statements.length = 0;
  await call();
  const queries = database.statements.length;
  const requests = (await vault.auditedRequests()).slice(before);
  const reads = requests.filter(({ operation }) => operation === "read" || operation === "list").length;
  const counts = [
    ["query", "queries", queries],
    ["read", "reads", reads],
    ["write", "writes", requests.length - reads],
  ] as const;
  return counts
    .filter(([, , count]) => count > 0)
    .map(([one, many, count]) => `${count} ${count === 1 ? one : many}`)
    .join(", ");
}
