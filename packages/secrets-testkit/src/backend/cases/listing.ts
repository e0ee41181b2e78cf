import type { ListOptions, SecretsManager } from "@archestra/secrets-core";
import { compareNames } from "@archestra/secrets-core/plugin";
import {
  expectEqual,
  expectThat,
  fail,
  outcomeOf,
  show,
  showOutcome,
} from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendClient, BackendFixture } from "../backend-fixture.ts";
import { createAll, namesOf } from "../many-secrets.ts";
import { boundCases } from "./listing-bounds.ts";
import { pageCases } from "./listing-pages.ts";

const LIST =
  'SecretsBackend.list: "in the order of the bytes of their names in UTF-8, each name once, without reading values"';
const PREFIX = 'ListRange.prefix: "Only names that begin with this string, which need not end with `/`"';
const AFTER = 'ListRange.after: "Only names after this one, which need not exist"';
const LEVEL =
  'ListRange.oneLevel: "the names without a `/` after the prefix, and each folder once, as an entry whose name ends with `/`"';
const LIMIT = 'ListRange.limit: "At most this many"';

const ordered: readonly string[] = [
  "!",
  "-",
  "0",
  "1",
  "10",
  "2",
  "A",
  "B",
  "Z",
  "_",
  "a",
  "a b",
  "a!",
  "a-b",
  "a.b",
  "a/a",
  "a/b",
  "a/b/c",
  "a0",
  "aa",
  "b",
  "z",
  "é",
  "ñ",
  "ж",
  "漢",
  "\uff21",
  "\uffee",
  "\u{10000}",
  "\u{1f642}",
  "\u{1f642}a",
].toSorted(compareNames);

const tree: readonly string[] = [
  "a",
  "a/1",
  "a/2",
  "a/b/1",
  "a%b",
  "a*",
  "a_b",
  "ab",
  "A/1",
  "b",
  "b/1",
  "\u{1f642}/1",
].toSorted(compareNames);

export const listingCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "an empty store lists nothing",
    contract: LIST,
    async run(fixture) {
      const { manager } = await fixture.openDeclaring("list");
      expectEqual(await namesOf(manager), [], "the list");
    },
  },
  {
    name: "names come in the order of their bytes in UTF-8, each once",
    contract: LIST,
    async run(fixture) {
      const { manager } = await openListing(fixture, ordered.toReversed());
      expectEqual(await namesOf(manager), ordered, "the list");
    },
  },
  {
    name: "entries hold no value",
    contract: LIST,
    async run(fixture) {
      const { backend } = await openListing(fixture, ["a", "b"]);
      for await (const info of backend.list({ prefix: "" }, fixture.context())) {
        expectThat(!("value" in info), "an entry without `value`", show(Object.keys(info)));
      }
    },
  },
  {
    name: "a prefix selects the names that begin with it",
    contract: PREFIX,
    async run(fixture) {
      const { manager } = await openListing(fixture, tree);
      for (const prefix of ["", "a", "a/", "a/b", "a/b/1", "A", "b/1", "\u{1f642}", "none", "a/1/", "/"]) {
        await expectNames(manager, tree, { prefix });
      }
    },
  },
  {
    name: "a prefix is not a pattern",
    contract: PREFIX,
    async run(fixture) {
      const { manager } = await openListing(fixture, tree);
      for (const prefix of ["%", "_", "a%", "a_", "*", "a*", ".", "a.", "[a]", "^a", "a?", "\\"]) {
        await expectNames(manager, tree, { prefix });
      }
    },
  },
  {
    name: "a list continues after any name, whether or not it exists",
    contract: AFTER,
    async run(fixture) {
      const { manager } = await openListing(fixture, tree);
      for (const after of [...tree, "", "A", "a/", "a/1/", "aZ", "zzz", "\uff21", "\u{10ffff}"]) {
        await expectNames(manager, tree, { after });
      }
    },
  },
  {
    name: "a list with a prefix continues after any name",
    contract: AFTER,
    async run(fixture) {
      const { manager } = await openListing(fixture, tree);
      for (const after of [...tree, "a/", "a/zz", "0"])
        await expectNames(manager, tree, { prefix: "a/", after });
    },
  },
  {
    name: "a limit returns at most that many entries",
    contract: LIMIT,
    async run(fixture) {
      const { manager } = await openListing(fixture, tree);
      for (const limit of [1, 2, tree.length - 1, tree.length, tree.length + 1]) {
        await expectNames(manager, tree, { limit });
        await expectNames(manager, tree, { limit, prefix: "a/" });
        await expectNames(manager, tree, { limit, after: "a/1" });
      }
    },
  },
  {
    name: "pages of any size add up to the whole list",
    contract: AFTER,
    async run(fixture) {
      const { manager } = await openListing(fixture, tree);
      for (const limit of [1, 2, 3, 5]) {
        const joined: string[] = [];
        for (let page = await namesOf(manager, { limit }); page.length > 0; ) {
          joined.push(...page);
          // A backend that does not go on would give pages for ever.
          if (joined.length > tree.length) break;
          page = await namesOf(manager, { limit, after: joined.at(-1) });
        }
        expectEqual(joined, tree, `pages of ${limit}, joined,`);
      }
    },
  },
  {
    name: "one level lists its names, and each of its folders once",
    contract: LEVEL,
    async run(fixture) {
      const { manager } = await openListing(fixture, tree);
      for (const prefix of ["", "a", "a/", "a/b", "a/b/", "A", "b/", "\u{1f642}/", "none/"]) {
        await expectLevel(manager, tree, { prefix });
        for (const after of ["A/", "a", "a/", "a/1", "a/b/", "a/b/1", "b/", "zzz"])
          await expectLevel(manager, tree, { prefix, after });
        for (const limit of [1, 2, 4]) await expectLevel(manager, tree, { prefix, limit });
      }
    },
  },
  {
    name: "a folder of many secrets is one entry of its level, in pages of any size",
    contract: LEVEL,
    async run(fixture) {
      const names = Array.from({ length: 250 }, (_, index) => `many/${String(index).padStart(5, "0")}`);
      const { manager } = await openListing(fixture, ["a", ...names, "many-more/1", "z"]);
      const expected = ["a", "many-more/", "many/", "z"];
      for (const limit of [undefined, 1, 2, 3]) {
        const joined: string[] = [];
        for (let page = await levelOf(manager, { limit }); page.length > 0; ) {
          joined.push(...page);
          if (joined.length > expected.length) break;
          page = await levelOf(manager, { limit, after: joined.at(-1) });
        }
        expectEqual(joined, expected, `one level in pages of ${limit ?? "any size"}, joined,`);
      }
    },
  },
  {
    name: "onlyNames lists the same names",
    contract: 'ListRange.onlyNames: "Only names are needed"',
    async run(fixture) {
      const { manager } = await openListing(fixture, tree);
      expectEqual(await namesOf(manager, { onlyNames: true }), tree, "the list of names");
      expectEqual(
        await namesOf(manager, { onlyNames: true, prefix: "a/", limit: 2 }),
        ["a/1", "a/2"],
        "two names",
      );
    },
  },
  ...boundCases,
  ...pageCases,
  {
    name: "list, has, get and the count agree",
    contract: "SecretsBackend: every call answers from the same state of the store",
    async run(fixture) {
      const { manager } = await openListing(fixture, tree);
      await manager.delete("a/1");
      await manager.set("c", { token: "1" });
      const expected = [...tree.filter((name) => name !== "a/1"), "c"].toSorted(compareNames);
      expectEqual(await namesOf(manager), expected, "the list");
      for (const name of [...tree, "c", "d"]) {
        const isThere = expected.includes(name);
        expectEqual(await manager.has(name), isThere, `\`has\` of ${JSON.stringify(name)}`);
        expectEqual(
          (await manager.get(name)) !== undefined,
          isThere,
          `whether \`get\` gives ${JSON.stringify(name)}`,
        );
      }
      const { count } = await manager.check({ count: true });
      const isRight = count === undefined || count === expected.length;
      expectThat(isRight, `\`check\` to count ${expected.length}, or not to tell`, show(count));
    },
  },
  {
    name: "permanent secrets are listed once during concurrent creations and deletions",
    contract: LIST,
    async run(fixture) {
      const staying = Array.from({ length: 20 }, (_, index) => `stay/${String(index).padStart(2, "0")}`);
      const { manager } = await openListing(fixture, [...staying, "stay/05/gone", "stay/15/gone"]);
      const { manager: other } = await fixture.open();
      const listed: string[] = [];
      for await (const { name } of manager.list()) {
        listed.push(name);
        if (name !== "stay/03") continue;
        await other.delete("stay/05/gone");
        await other.delete("stay/15/gone");
        await other.create("stay/01/new", { token: "1" });
        await other.create("stay/19/new", { token: "1" });
        await other.set("stay/10", { token: "2" });
      }
      const stayed = listed.filter((name) => staying.includes(name));
      expectEqual(stayed, staying, "the listed names that stayed");
      expectEqual(new Set(listed).size, listed.length, "the number of different names that were listed");
    },
  },
  {
    name: "a list can be ended early, and two lists can be read concurrently",
    contract: 'SecretsBackend.list: an "AsyncIterable", ended by `return`',
    async run(fixture) {
      const { manager } = await openListing(fixture, tree);
      for (let turn = 0; turn < 30; turn++) {
        for await (const { name } of manager.list()) {
          expectEqual(name, tree[0], "the first entry");
          break;
        }
      }
      const [first, second] = [manager.list(), manager.list()];
      const pairs = [];
      for (let step = await first.next(); !step.done; step = await first.next()) {
        pairs.push([step.value.name, (await second.next()).value?.name]);
      }
      const expected = tree.map((name) => [name, name]);
      expectEqual(pairs, expected, "two lists, read in turns,");
    },
  },
  {
    name: "an entry whose name violates the grammar is not listed, and is counted by check",
    contract:
      'Health.unlistedCount: "How many entries of the store have invalid names and are left out of `list`"',
    async run(fixture) {
      const { manager } = await openListing(fixture, ["a", "c"]);
      // Stores that know of paths hold no empty segment; a space at the end of one is a name to each.
      await fixture.seedRaw("b /b", "whatever");
      expectEqual(await namesOf(manager), ["a", "c"], "the list");
      expectEqual(await namesOf(manager, { limit: 2 }), ["a", "c"], "a list of at most two");
      const { count, unlistedCount } = await manager.check({ count: true });
      const isRight = count === undefined || (count === 2 && unlistedCount === 1);
      expectThat(isRight, "`check` to count 2, and 1 as unlisted", show({ count, unlistedCount }));
    },
  },
  {
    name: "a secret that cannot be read is listed with the others",
    contract: 'SecretsBackend: "It stays replaceable and removable: … `list` returns its name"',
    async run(fixture) {
      const { manager } = await openListing(fixture, ["a", "b", "c"]);
      for (const text of ["", "{", "null", "no value"]) {
        await fixture.seedRaw("b", text);
        const listed = await outcomeOf(() => namesOf(manager));
        const stored = `of a store that holds ${JSON.stringify(text)} for \`b\``;
        if (listed.failed) fail(`\`list\` ${stored} to succeed`, showOutcome(listed));
        expectEqual(listed.result, ["a", "b", "c"], `the list ${stored}`);
      }
    },
  },
];

async function openListing(fixture: BackendFixture, names: readonly string[]): Promise<BackendClient> {
  const client = await fixture.openDeclaring("list");
  await createAll(client.manager, names);
  return client;
}

/** Compares with what the range means for names that are known. */
async function expectNames(
  manager: SecretsManager,
  names: readonly string[],
  options: ListOptions,
): Promise<void> {
  const { prefix = "", after, limit } = options;
  const expected = names
    .filter((name) => name.startsWith(prefix) && (after === undefined || compareNames(name, after) > 0))
    .slice(0, limit);
  expectEqual(await namesOf(manager, options), expected, `the list of ${show(options)}`);
}

function levelOf(manager: SecretsManager, options: ListOptions): Promise<string[]> {
  return Array.fromAsync(manager.list({ ...options, folders: true }), ({ name }) => name);
}

/** Compares one level with what the range means for names that are known. */
async function expectLevel(
  manager: SecretsManager,
  names: readonly string[],
  options: ListOptions,
): Promise<void> {
  const { prefix = "", after, limit } = options;
  const entries = names
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(0, name.indexOf("/", prefix.length) + 1 || name.length + 1));
  const expected = [...new Set(entries)]
    .toSorted(compareNames)
    .filter((entry) => after === undefined || compareNames(entry, after) > 0)
    .slice(0, limit);
  expectEqual(await levelOf(manager, options), expected, `one level of ${show(options)}`);
}
