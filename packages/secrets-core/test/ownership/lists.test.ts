import { describe, expect, test } from "vitest";
import { createSecretsManager, isSecretsError, type SecretsManager } from "../../src/index.ts";
import { MemoryStore, memoryPlugin } from "../../src/memory.ts";
import type { ListRange, StoredInfo } from "../../src/plugin.ts";
import { failure } from "../support/failure.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { ThreeStores } from "../support/three-stores.ts";
import { outerPlugin, TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });
const row = (state: "creating" | "active" | "moving" | "deleting", name: string, manager = "OUTER") =>
  ({
    manager,
    state,
    path: `outer/${name}`,
    ...(state === "active" ? {} : { transitionId: name }),
  }) as const;

function namesOf(manager: SecretsManager, options?: Parameters<SecretsManager["list"]>[0]) {
  return Array.fromAsync(manager.list(options), ({ name }) => name);
}

/** A row of OUTER in every state, each with a value and without one. */
function mixedStores(): TwoStores {
  const stores = new TwoStores();
  for (const state of ["creating", "active", "moving", "deleting"] as const) {
    for (const name of [`${state}/empty`, `${state}/full`]) {
      stores.table.insert(name, row(state, name), undefined);
      if (name.endsWith("full")) stores.outer.insert(name, { manager: "MEMORY", state: "active" }, value);
    }
  }
  return stores;
}

test("the list agrees with has, get and getMany during every transition", async () => {
  const manager = await mixedStores().open("OUTER");
  const names = mixedStores().contents.rows;
  const results = await manager.getMany(names);
  const seen = { has: [] as string[], get: [] as string[], getMany: [] as string[] };
  for (const name of names.toSorted()) {
    if (await manager.has(name)) seen.has.push(name);
    if ((await manager.get(name)) !== undefined) seen.get.push(name);
    if (results.get(name)?.status === "found") seen.getMany.push(name);
  }
  const there = ["active/full", "creating/full", "moving/full"];
  expect(seen).toEqual({ has: there, get: there, getMany: there });
  expect(await namesOf(manager)).toEqual(there);
  expect((await manager.check({ count: true })).count).toBe(there.length);
});

test("entries of a manager that is not selected are listed unless they are being created or deleted", async () => {
  const manager = await mixedStores().open("MEMORY");
  // It is not asked which of its rows have a value.
  expect(await namesOf(manager)).toEqual(["active/empty", "active/full", "moving/empty", "moving/full"]);
});

test("an entry of the ownership store itself without a value reads as absent, and is not listed", async () => {
  const stores = new TwoStores();
  stores.table.insert("a", { manager: "MEMORY", state: "active" }, undefined);
  for (const manager of [await stores.open("MEMORY"), await stores.open("OUTER")]) {
    expect(await manager.get("a")).toBeUndefined();
    expect(await namesOf(manager)).toEqual([]);
  }
});

test("the list of the table ends when its consumer stops", async () => {
  const store = new MemoryStore();
  let ended = 0;
  const inner = memoryPlugin({ store });
  const plugin: typeof inner = Object.create(inner, {
    create: {
      value: async (...args: Parameters<typeof inner.create>) => {
        const opened = await inner.create(...args);
        const { ownership } = opened;
        if (ownership === undefined) throw new Error("There is no table.");
        const list = ownership.list.bind(ownership);
        ownership.list = async function* (...asked) {
          try {
            yield* list(...asked);
          } finally {
            ended++;
          }
        };
        return opened;
      },
    },
  });
  const manager = await createSecretsManager({
    plugins: [plugin, outerPlugin(new MemoryStore())],
    manager: "OUTER",
    env: {},
    logger: recordedLogger(),
  });
  for (const name of ["a", "b", "c"]) await manager.create(name, value);
  for await (const { name } of manager.list()) if (name === "a") break;
  expect(ended).toBe(1);
});

test("a secret that the selected manager lists belongs to another manager when its entry names that one", async () => {
  const stores = new ThreeStores();
  stores.table.insert("a", row("creating", "a", "THIRD"), undefined);
  stores.outer.insert("a", { manager: "MEMORY", state: "active" }, value);
  const manager = await stores.open("OUTER");
  expect(await namesOf(manager)).toEqual([]);
  expect(await manager.get("a")).toBeUndefined();
});

describe("a list with a limit", () => {
  test.each([1, 2, 3, 7])(
    "of %s continues past entries that are not listed, page after page",
    async (limit) => {
      const stores = mixedStores();
      const [atMemory, atOuter] = [await stores.open("MEMORY"), await stores.open("OUTER")];
      await atMemory.create("zzz", value);
      for (const manager of [atMemory, atOuter]) {
        const all = await namesOf(manager);
        expect(await namesOf(manager, { limit })).toEqual(all.slice(0, limit));
        const pages: string[] = [];
        for (let page: string[] = []; ; pages.push(...page)) {
          page = await namesOf(manager, { limit, after: page.at(-1) });
          if (page.length === 0) break;
        }
        expect(pages).toEqual(all);
      }
    },
  );
});

/** What OUTER lists instead of what it has. */
function listing(names: (range: ListRange) => Generator<StoredInfo>): TwoStores {
  return new TwoStores({
    replaced: {
      async *list(range) {
        yield* names(range);
      },
    },
  });
}

describe("an external manager", () => {
  test.each([
    ["b", "a"],
    ["b", "b"],
  ])("whose list returns %s, then %s, is refused", async (...names) => {
    const manager = await listing(function* () {
      for (const name of names) yield { name };
    }).open("OUTER");
    expect(await failure(namesOf(manager))).toMatchObject({ code: "INTERNAL" });
  });

  test("whose list begins before the requested place is refused", async () => {
    const manager = await listing(function* () {
      yield { name: "a" };
    }).open("OUTER");
    expect(await failure(namesOf(manager, { after: "b" }))).toMatchObject({ code: "INTERNAL" });
  });

  test("ends its list when the consumer stops", async () => {
    let isEnded = false;
    const manager = await listing(function* () {
      try {
        for (let index = 0; ; index++) yield { name: `name-${String(index).padStart(9, "0")}` };
      } finally {
        isEnded = true;
      }
    }).open("OUTER");
    for await (const { name } of manager.list()) if (name.endsWith("3")) break;
    expect(isEnded).toBe(true);
  });

  test.each(["PERMISSION_DENIED", "UNSUPPORTED"] as const)(
    "that ends its list with %s does not end the list of the entries after it, each once, up to the limit",
    async (code) => {
      const refused = Object.assign(new Error("no"), { code });
      const stores = new TwoStores({
        replaced: {
          async *list() {
            yield { name: "a" };
            yield { name: "c" };
            throw refused;
          },
          classify: (error) => (error === refused ? code : undefined),
        },
      });
      const other = await stores.open("MEMORY");
      for (const name of ["b", "d", "e"]) await other.create(name, value);
      const logger = recordedLogger();
      const manager = await stores.open("OUTER", { logger });
      const all = ["a", "b", "c", "d", "e"];
      for (let limit = 1; limit <= all.length + 1; limit++) {
        expect(await namesOf(manager, { limit })).toEqual(all.slice(0, limit));
      }
      expect(await namesOf(manager)).toEqual(all);
    },
  );

  test("that fails to list does not make other secrets absent", async () => {
    const stores = new TwoStores({
      replaced: {
        // biome-ignore lint/correctness/useYield: it never comes to that
        async *list(): AsyncGenerator<never> {
          throw new Error("It is down.");
        },
        classify: () => "UNAVAILABLE",
      },
    });
    await (await stores.open("MEMORY")).create("a", value);
    const manager = await stores.open("OUTER");
    const seen: string[] = [];
    const listing = (async () => {
      for await (const { name } of manager.list()) seen.push(name);
    })();
    await expect(listing).rejects.toSatisfy((error) => isSecretsError(error, "UNAVAILABLE"));
    expect(seen).toEqual([]);
    const health = await manager.check({ count: true });
    expect(health).toMatchObject({ status: "unavailable", problems: [{ code: "UNAVAILABLE" }] });
    expect(health.count).toBeUndefined();
  });

  test("that cannot list is not asked to, and its entries are listed", async () => {
    const stores = new TwoStores();
    const manager = await stores.open("OUTER", {
      outer: {
        replaced: {
          capabilities: { versions: true, conditionalWrites: true, list: false },
          list: () => expect.unreachable("It cannot list."),
        },
      },
    });
    await manager.create("a", value);
    expect(manager.describe().capabilities).toMatchObject({ list: true });
    expect(await namesOf(manager)).toEqual(["a"]);
  });
});

describe("one level of two managers", () => {
  const names = ["a", "a/1", "a/2/x", "b/1", "b/2", "c", "d/e/f", "d/g"];

  /** Lists one level as a store does that finds folders without looking into them. */
  function levelOf(store: MemoryStore, asked: string[]) {
    return async function* ({ prefix, after, oneLevel }: ListRange): AsyncGenerator<StoredInfo> {
      if (!oneLevel) throw new Error("The whole list was requested.");
      asked.push(`list ${prefix}`);
      const entries = store.rows
        .map(({ name }) => name)
        .filter((name) => name.startsWith(prefix))
        .map((name) => name.slice(0, name.indexOf("/", prefix.length) + 1 || name.length + 1));
      for (const name of [...new Set(entries)].toSorted())
        if (after === undefined || name > after) yield { name };
    };
  }

  test.each([{ prefix: "" }, { prefix: "a" }, { prefix: "a/" }, { prefix: "d/" }])(
    "with prefix $prefix has the folders of both, and asks the owner once",
    async ({ prefix }) => {
      const asked: string[] = [];
      const outer = new MemoryStore();
      const stores = new TwoStores({
        replaced: {
          list: levelOf(outer, asked),
          has: async (name) => {
            asked.push(`has ${name}`);
            return outer.find(name) !== undefined;
          },
        },
      });
      for (const [index, name] of names.entries()) {
        const isOuter = index % 3 !== 0;
        if (isOuter) outer.insert(name, { manager: "MEMORY", state: "active" }, value);
        if (index % 3 !== 1) {
          const manager = isOuter ? "OUTER" : "MEMORY";
          stores.table.insert(name, row("active", name, manager), isOuter ? undefined : value);
        }
      }
      const manager = await stores.open("OUTER");
      asked.length = 0;
      const expected = names
        .filter((name) => name.startsWith(prefix))
        .map((name) => name.slice(0, name.indexOf("/", prefix.length) + 1 || name.length + 1));
      const entries = await Array.fromAsync(manager.list({ prefix, folders: true }), ({ name }) => name);
      expect(entries).toEqual([...new Set(expected)]);
      expect(asked).toEqual([`list ${prefix}`]);
    },
  );
});
