import { expectEqual, expectThat } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import { createAll, namesOf } from "../many-secrets.ts";

/** Names whose order is the same in UTF-8 and in UTF-16, so that only the bounds are tested. */
const highest: readonly string[] = ["p", "p~", "p\u{10000}", "p\u{1f642}", "p\u{2070e}/1"];

/** Cases of the ends of a range: a store asks for them as bounds, which are easily wrong by one. */
export const boundCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "a prefix selects names whose next character is beyond the Basic Multilingual Plane",
    contract: 'ListRange.prefix: "Only names that begin with this string"',
    async run(fixture) {
      const { manager } = await fixture.openDeclaring("list");
      await createAll(manager, [...highest, "q"]);
      expectEqual(await namesOf(manager, { prefix: "p" }), highest, "the list of the prefix `p`");
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
