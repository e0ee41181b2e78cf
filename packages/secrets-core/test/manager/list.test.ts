import { afterEach, describe, expect, test, vi } from "vitest";
import type { ListOptions, SecretInfo } from "../../src/index.ts";
import { MemoryStore } from "../../src/memory.ts";
import { compareNames, type SecretsBackend } from "../../src/plugin.ts";
import { plantedText, plantedValue } from "../planted.ts";
import { failure, thrownBy } from "../support/failure.ts";
import { fakeBackend, streamOf } from "../support/fake-backend.ts";
import { openBackend, openMemory } from "../support/open-manager.ts";

const names = ["a", "a/b", "a/c", "ab", "b", "é", "\uff21", "🙂"];
/** They violate the grammar: another program wrote them into the store. */
const invalid = ["a/../b", "a//b", "a\u200b", " b", "z/"];

async function filled(more: readonly string[] = []) {
  const store = new MemoryStore();
  for (const name of [...names, ...more].reverse()) {
    store.insert(name, { manager: "MEMORY", state: "active" }, plantedValue());
  }
  return openMemory(store);
}

async function namesOf(list: AsyncIterable<SecretInfo>): Promise<string[]> {
  return Array.fromAsync(list, ({ name }) => name);
}

afterEach(() => {
  vi.useRealTimers();
});

describe("list", () => {
  test("gives every secret's information in the order of the bytes of the names, without values", async () => {
    const manager = await filled();

    const listed = await Array.fromAsync(manager.list());

    expect(listed.map(({ name }) => name)).toEqual(names);
    expect(listed[0]).toEqual({ ...(await manager.get("a")) });
    expect(listed.some((info) => "value" in info)).toBe(false);
    expect(listed.every(Object.isFrozen)).toBe(true);
  });

  test.each<[object, string[]]>([
    [{ prefix: "a" }, ["a", "a/b", "a/c", "ab"]],
    [{ prefix: "a/" }, ["a/b", "a/c"]],
    [{ prefix: "A" }, []],
    [{ after: "a/b" }, ["a/c", "ab", "b", "é", "\uff21", "🙂"]],
    [{ after: "a/bb" }, ["a/c", "ab", "b", "é", "\uff21", "🙂"]],
    [{ after: "🙂" }, []],
    [{ limit: 2 }, ["a", "a/b"]],
    [{ limit: 100 }, names],
    [{ prefix: "a", after: "a/b", limit: 1 }, ["a/c"]],
    [{ prefix: "", after: undefined, limit: undefined }, names],
  ])("with %j gives only those", async (options, expected) => {
    expect(await namesOf((await filled()).list(options))).toEqual(expected);
  });

  test.each<[object, string[]]>([
    [{}, ["a", "a/", "ab", "b", "é", "\uff21", "🙂"]],
    [{ prefix: "a" }, ["a", "a/", "ab"]],
    [{ prefix: "a/" }, ["a/b", "a/c"]],
    [{ prefix: "a/b" }, ["a/b"]],
    [{ prefix: "none/" }, []],
    [{ after: "a" }, ["a/", "ab", "b", "é", "\uff21", "🙂"]],
    [{ after: "a/" }, ["ab", "b", "é", "\uff21", "🙂"]],
    [{ after: "a/b" }, ["ab", "b", "é", "\uff21", "🙂"]],
    [{ limit: 2 }, ["a", "a/"]],
    [{ prefix: "a", after: "a/", limit: 1 }, ["ab"]],
    [{ onlyNames: true, limit: 3 }, ["a", "a/", "ab"]],
  ])("with folders and %j gives one level", async (options, expected) => {
    // A store that has a name with a slash at its end shows it as a folder.
    const manager = await filled(invalid.filter((name) => !name.endsWith("/")));
    const entries = await Array.fromAsync(manager.list({ ...options, folders: true }));
    expect(entries.map(({ name }) => name)).toEqual(expected);
    for (const entry of entries) expect("isFolder" in entry).toBe(entry.name.endsWith("/"));
    expect(entries.every(Object.isFrozen)).toBe(true);
  });

  test("with folders asks the store for the names after a folder of many names", async () => {
    const many = Array.from({ length: 5_000 }, (_, index) => `${index % 2 ? "x" : "y"}/${index}`);
    const store = new MemoryStore();
    for (const name of [...many, "z"])
      store.insert(name, { manager: "MEMORY", state: "active" }, plantedValue());
    let given = 0;
    const ordered = store.ordered.bind(store);
    store.ordered = function* (...range) {
      for (const row of ordered(...range)) {
        given++;
        yield row;
      }
    };
    const manager = await openMemory(store);
    for (const limit of [undefined, 1, 2, 3]) {
      given = 0;
      const entries = await Array.fromAsync(manager.list({ folders: true, limit }));
      expect(entries.map(({ name }) => name)).toEqual(["x/", "y/", "z"].slice(0, limit));
      expect(given).toBeLessThan(250);
    }
  });

  test.each(["folders", "onlyNames"])("refuses an option `%s` that is not a boolean", async (option) => {
    const manager = await filled();
    expect(() => manager.list({ [option]: "yes" } as ListOptions)).toThrow(TypeError);
  });

  test("yields each secret once in pages of any size, each of which starts after the last name of the previous one", async () => {
    const manager = await filled(invalid);
    for (const limit of [1, 2, 3, 5]) {
      const seen: string[] = [];
      for (;;) {
        const page = await namesOf(manager.list({ limit, after: seen.at(-1) }));
        if (page.length === 0) break;
        expect(page.length).toBeLessThanOrEqual(limit);
        seen.push(...page);
      }
      expect(seen).toEqual(names);
    }
  });

  test("leaves out names that break the grammar, and still fills the limit", async () => {
    const manager = await filled(invalid);

    expect(await namesOf(manager.list())).toEqual(names);
    for (let limit = 1; limit <= names.length; limit++) {
      expect(await namesOf(manager.list({ limit }))).toEqual(names.slice(0, limit));
    }
  });

  test("asks for another page only when invalid names took places of the limit", async () => {
    const asked: unknown[] = [];
    const all = ["a", "b", "c/", "d", "e"];
    const manager = await openBackend(
      fakeBackend({
        list: (range) => {
          asked.push(range);
          const { after = "", limit } = range;
          return streamOf(
            all
              .filter((name) => compareNames(name, after) > 0)
              .slice(0, limit)
              .map((name) => ({ name })),
          );
        },
      }),
    );

    expect(await namesOf(manager.list({ limit: 2 }))).toEqual(["a", "b"]);
    expect(asked).toEqual([{ prefix: "", after: undefined, limit: 2 }]);

    asked.splice(0);
    expect(await namesOf(manager.list({ limit: 4 }))).toEqual(["a", "b", "d", "e"]);
    expect(asked).toEqual([
      { prefix: "", after: undefined, limit: 4 },
      { prefix: "", after: "d", limit: 1 },
    ]);
  });

  test.each<{ what: string; page: string[]; options: ListOptions; seen: string[]; asked: number }>([
    { what: "the last name", page: ["a", "z/"], options: { limit: 2 }, seen: ["a"], asked: 2 },
    { what: "the first page", page: ["a/", "b/"], options: { limit: 2 }, seen: [], asked: 2 },
    { what: "the caller's `after`", page: ["b", "c"], options: { after: "b" }, seen: [], asked: 1 },
  ])("fails when the backend gives $what again", async ({ page, options, ...expected }) => {
    let asked = 0;
    const manager = await openBackend(
      fakeBackend({
        list: ({ limit = page.length }) => {
          // A manager that goes on would keep the process busy for ever, with no turn for the test's own deadline.
          if (++asked > 5) return streamOf([]);
          return streamOf(page.slice(page.length - limit).map((name) => ({ name })));
        },
      }),
    );
    const seen: string[] = [];
    const consume = async () => {
      for await (const { name } of manager.list(options)) seen.push(name);
    };

    const error = await failure(consume());

    expect(error).toMatchObject({ code: "INTERNAL", operation: "list", retryable: false });
    expect(error.message).toContain("a name that is not after `after`");
    expect({ seen, asked }).toEqual({ seen: expected.seen, asked: expected.asked });
  });

  test("list() sends nothing before it is consumed", async () => {
    const manager = await openBackend(fakeBackend({ list: () => expect.unreachable() }));
    manager.list();
  });

  test("is UNSUPPORTED at once where the manager cannot list", async () => {
    const manager = await openBackend(
      fakeBackend({
        capabilities: { versions: true, conditionalWrites: true, list: false },
        list: () => expect.unreachable(),
      }),
    );

    expect(thrownBy(() => manager.list())).toMatchObject({
      code: "UNSUPPORTED",
      operation: "list",
      manager: "FAKE",
    });
  });

  test("list() yields the entries before a failure, then throws a SecretsError", async () => {
    const manager = await openBackend(
      fakeBackend({
        list: async function* () {
          yield { name: "a" };
          throw new Error(plantedText());
        },
        classify: () => "UNAVAILABLE",
      }),
    );
    const seen: string[] = [];

    const error = await failure(
      (async () => {
        for await (const { name } of manager.list()) seen.push(name);
      })(),
    );

    expect(seen).toEqual(["a"]);
    expect(error).toMatchObject({ code: "UNAVAILABLE", operation: "list", manager: "FAKE" });
  });

  test("fails with an error of ours when the backend throws at once", async () => {
    const manager = await openBackend(
      fakeBackend({
        list: () => {
          throw new Error(plantedText());
        },
      }),
    );

    expect(await failure(manager.list().next())).toMatchObject({ code: "INTERNAL", operation: "list" });
  });

  test.each<[object]>([
    [{ limit: 0 }],
    [{ limit: -1 }],
    [{ limit: 1.5 }],
    [{ limit: "5" }],
    [{ limit: Infinity }],
    [{ prefix: 5 }],
    [{ prefix: "\ud83d" }],
    [{ after: null }],
    [{ after: "\ude00" }],
  ])("with %j is a TypeError", async (options) => {
    const manager = await openMemory();
    expect(() => manager.list(options as never)).toThrow(TypeError);
  });
});

describe("stopping a list", () => {
  test("lets the backend end its iteration, and waits for it", async () => {
    const events: string[] = [];
    const manager = await openBackend(
      fakeBackend({
        list: async function* () {
          try {
            yield { name: "a" };
            yield { name: "b" };
          } finally {
            await new Promise((resolve) => setImmediate(resolve));
            events.push("ended");
          }
        },
      }),
    );

    for await (const { name } of manager.list()) {
      expect(name).toBe("a");
      break;
    }
    events.push("left");

    expect(events).toEqual(["ended", "left"]);
  });

  test("succeeds although the backend fails to end its iteration", async () => {
    const manager = await openBackend(
      fakeBackend({
        list: async function* () {
          try {
            yield { name: "a" };
          } finally {
            // biome-ignore lint/correctness/noUnsafeFinally: this is the fault that is tested
            throw new Error(plantedText());
          }
        },
      }),
    );
    const seen: string[] = [];

    for await (const { name } of manager.list()) {
      seen.push(name);
      break;
    }

    expect(seen).toEqual(["a"]);
  });
});

describe("the deadline of a list", () => {
  /** Ignores its signal: its second step never ends. */
  function stuckAfterOne(): Pick<SecretsBackend, "list"> {
    return {
      list: async function* () {
        yield { name: "a" };
        await new Promise(() => {});
      },
    };
  }

  test("holds for each step, also when the backend never answers", async () => {
    vi.useFakeTimers();
    const manager = await openBackend(fakeBackend(stuckAfterOne()), { timeout: 1_000 });
    const list = manager.list();
    await list.next();

    const call = failure(list.next());
    await vi.advanceTimersByTimeAsync(1_000);

    expect(await call).toMatchObject({ code: "TIMEOUT", operation: "list" });
  });

  test("does not run while the consumer handles an entry, and starts again with each step", async () => {
    vi.useFakeTimers();
    const deadlines: number[] = [];
    const manager = await openBackend(
      fakeBackend({
        list: async function* (_range, context) {
          for (const name of ["a", "b", "c"]) {
            deadlines.push(context.deadline - Date.now());
            yield { name };
          }
        },
      }),
      { timeout: 1_000 },
    );
    const seen: string[] = [];

    for await (const { name } of manager.list()) {
      seen.push(name);
      await vi.advanceTimersByTimeAsync(5_000);
    }

    expect(seen).toEqual(["a", "b", "c"]);
    expect(deadlines).toEqual([1_000, 1_000, 1_000]);
  });

  test("does not delay the end of a list by its signal, between steps or within one", async () => {
    const between = new AbortController();
    const within = new AbortController();
    const manager = await openBackend(fakeBackend(stuckAfterOne()));

    const first = manager.list({ signal: between.signal });
    await first.next();
    between.abort();
    expect((await failure(first.next())).code).toBe("ABORTED");

    const second = manager.list({ signal: within.signal });
    await second.next();
    const call = failure(second.next());
    within.abort();
    expect((await call).code).toBe("ABORTED");
  });
});
