import { expectEqual, expectThat, show } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import { createAll, namesOf } from "../many-secrets.ts";

const PREFIX = 'ListRange.prefix: "Only names that begin with this string"';
const AFTER = 'ListRange.after: "Only names after this one", in the order of the bytes of the names in UTF-8';

/** Names whose order is the same in UTF-8 and in UTF-16, so that only the bounds are tested. */
const highest: readonly string[] = ["p", "p~", "p\u{10000}", "p\u{1f642}", "p\u{2070e}/1"];

/**
 * The last ones end with the last character before another high surrogate, and before another byte: what follows them is not
 * made by adding one to their last UTF-16 unit.
 */
const prefixes: readonly string[] = ["p~", "p\u07ff", "p\u{1f3ff}", "p\u{203ff}"];

/** Cases of the ends of a range: a store asks for them as bounds, which are easily wrong by one. */
export const boundCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "a prefix selects names whose next character is beyond the Basic Multilingual Plane",
    contract: PREFIX,
    async run(fixture) {
      const { manager } = await fixture.openDeclaring("list");
      await createAll(manager, [...highest, "q"]);
      expectEqual(await namesOf(manager, { prefix: "p" }), highest, "the list of the prefix `p`");
    },
  },
  {
    name: "a prefix selects its names, whatever its last character is",
    contract: PREFIX,
    async run(fixture) {
      const { manager } = await fixture.openDeclaring("list");
      const namesWith = (prefix: string) => [prefix, `${prefix}/1`, `${prefix}a`];
      const neighbors = ["p", "p\u{1f3fe}", "p\u{1f400}", "p\u{20400}", "p\u{1d7ff}"];
      await createAll(manager, [...prefixes.flatMap(namesWith), ...neighbors]);
      for (const prefix of prefixes) {
        const what = `the list of the prefix ${show(prefix)}`;
        expectEqual(await namesOf(manager, { prefix }), namesWith(prefix), what);
      }
    },
  },
  {
    name: "a list with a prefix continues after a name whose order differs in UTF-8 and in UTF-16",
    contract: AFTER,
    async run(fixture) {
      const { manager } = await fixture.openDeclaring("list");
      const [fullwidth, smiling] = ["\uff21", "\u{1f642}"];
      await createAll(manager, [fullwidth, `${fullwidth}/1`, smiling, `${smiling}/1`]);
      const all = await namesOf(manager, { prefix: smiling, after: fullwidth });
      expectEqual(all, [smiling, `${smiling}/1`], "a list that continues before its prefix");
      const none = await namesOf(manager, { prefix: fullwidth, after: smiling });
      expectEqual(none, [], "a list that continues after all names with its prefix");
    },
  },
  {
    name: "the backend itself returns at most as many entries as the limit",
    contract: 'ListRange.limit: "At most this many"',
    async run(fixture) {
      const { manager, backend } = await fixture.openDeclaring("list");
      await createAll(manager, ["a", "b", "c", "d"]);
      for (const limit of [1, 3]) {
        const listed = await Array.fromAsync(backend.list({ prefix: "", limit }, fixture.context()));
        const names = listed.map(({ name }) => name);
        // The manager ends a list that does not end, and the store has read what nobody needs.
        expectThat(names.length <= limit, `\`list\` of the backend to end after ${limit}`, names.join(", "));
      }
    },
  },
];
