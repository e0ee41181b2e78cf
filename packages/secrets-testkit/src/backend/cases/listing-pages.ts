import { compareNames } from "@archestra/secrets-core/plugin";
import { expectEqual, expectThat, show } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import { createAll, namesOf } from "../many-secrets.ts";

const LIST =
  'SecretsBackend.list: "in the order of the bytes of their names in UTF-8, each name once, without reading values"';

/** The sizes of the pages of usual stores. */
const USUAL_SIZES = [10, 100, 250, 500, 1_000];
const LARGEST_LENGTH = 1_001;
/** A list may end wrongly after ten pages, as one does that limits its requests. */
const MANY_PAGES = 11;
/** Larger pages are too expensive to fill. */
const MOST_IN_MANY_PAGES = 300;
/** Of most longer lists, only the names are requested: some stores need a request for each entry. */
const MOST_READ = 251;
/** Three pages of most stores. */
const CHANGING_LENGTH = 300;

/** Before and after the prefix of the listed names, in the order of bytes. */
const NEIGHBORS = ["many", "many.before", "many0after"];
const PREFIX = "many/";

/** Cases of lists that need more than one request to the store. */
export const pageCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "more secrets than a page of the store are all listed and counted",
    contract: LIST,
    async run(fixture) {
      const { manager, backend } = await fixture.openDeclaring("list");
      await createAll(manager, NEIGHBORS);
      const lengths = lengthsAround(fixture.store.pageSize);
      // In another order than that of the names, which a store that lists by the time of creation would keep.
      const names = numbered(lengths.at(-1) ?? 0).toSorted((a, b) => compareNames(reversed(a), reversed(b)));
      let created = 0;
      for (const length of lengths) {
        await createAll(manager, names.slice(created, length));
        created = length;
        const expected = names.slice(0, length).toSorted(compareNames);
        const onlyNames = length > MOST_READ && length < names.length - 1;
        const listed = await namesOf(manager, { prefix: PREFIX, onlyNames });
        expectSameNames(listed, expected, `the list of ${length} secrets with the prefix ${PREFIX}`);
      }
      const all = [...names, ...NEIGHBORS].toSorted(compareNames);
      const listed = await namesOf(manager, { onlyNames: true });
      expectSameNames(listed, all, `the list of all ${all.length} secrets`);
      // Of the backend itself: the manager ends a list at its limit.
      for (const limit of lengths) {
        const range = { prefix: PREFIX, after: `${PREFIX}00002`, limit, onlyNames: true };
        const entries = await Array.fromAsync(backend.list(range, fixture.context()), ({ name }) => name);
        const expected = names.toSorted(compareNames).slice(3, 3 + limit);
        expectSameNames(entries, expected, `the list of the backend with the limit ${limit}`);
      }
      const { count } = await manager.check({ count: true });
      const isRight = count === undefined || count === all.length;
      expectThat(isRight, `\`check\` to count ${all.length}`, show(count));
    },
  },
  {
    name: "pages list every permanent secret once, while other clients delete and create",
    contract: LIST,
    async run(fixture) {
      const { manager } = await fixture.openDeclaring("list");
      const { pageSize } = fixture.store;
      const length = pageSize === undefined ? CHANGING_LENGTH : 3 * pageSize;
      const names = numbered(length);
      await createAll(manager, names);
      const { manager: other } = await fixture.open();
      const isPermanent = (name: string) => /[02468]$/.test(name);
      const listed: string[] = [];
      for await (const { name } of manager.list({ prefix: PREFIX })) {
        listed.push(name);
        if (!names.includes(name) || isPermanent(name)) continue;
        // Fewer creations than deletions: equal numbers would keep the positions of the others.
        await other.delete(name);
        if (name.endsWith("5")) await other.create(`${name}/new`, { token: "1" });
      }
      expectSameNames(listed.filter(isPermanent), names.filter(isPermanent), "the permanent secrets");
      expectEqual(listed, listed.toSorted(compareNames), "the order of the list");
      expectEqual(new Set(listed).size, listed.length, "the number of different names that were listed");
    },
  },
];

/** Lengths of lists that end just before, at and after a page. */
function lengthsAround(pageSize: number | undefined): number[] {
  const sizes = pageSize === undefined ? USUAL_SIZES : [pageSize];
  const longest = pageSize === undefined ? LARGEST_LENGTH : 2 * pageSize + 1;
  const lengths = sizes
    .flatMap((size) => [size - 1, size, size + 1, 2 * size, 2 * size + 1])
    .filter((length) => length > 0 && length <= longest);
  // Of usual sizes, the longest list has more than ten pages of those up to 100.
  const many = pageSize === undefined ? 0 : MANY_PAGES * pageSize + 1;
  if (many > 0 && many <= MOST_IN_MANY_PAGES) lengths.push(many);
  return [...new Set(lengths)].toSorted((a, b) => a - b);
}

function numbered(length: number): string[] {
  return Array.from({ length }, (_, index) => `${PREFIX}${String(index).padStart(5, "0")}`);
}

function reversed(name: string): string {
  return [...name].toReversed().join("");
}

/** Says what is missing and what is too much: long lists would hide it. */
function expectSameNames(listed: readonly string[], expected: readonly string[], what: string): void {
  const [given, wanted] = [new Set(listed), new Set(expected)];
  const missing = expected.filter((name) => !given.has(name));
  expectThat(missing.length === 0, `${what} to lack nothing`, `it lacks ${missing.length}: ${show(missing)}`);
  const foreign = listed.filter((name) => !wanted.has(name));
  expectThat(foreign.length === 0, `${what} to have nothing else`, `it also has ${show(foreign)}`);
  const repeated = listed.filter((name, index) => listed.indexOf(name) !== index);
  expectThat(repeated.length === 0, `${what} to have each name once`, `it repeats ${show(repeated)}`);
  const wrong = listed.findIndex((name, index) => name !== expected[index]);
  const place = `${show(listed[wrong])} is where ${show(expected[wrong])} belongs`;
  expectThat(wrong === -1, `${what} to be in the order of the bytes of the names`, place);
}
