import type { EntryChange, ExpectedEntry } from "@archestra/secrets-core/ownership";
import type { BackendFixture } from "../../backend/backend-fixture.ts";
import { expectEqual, expectThat, show } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import { active, creating, filled, OTHER, openOwnership, rowOf, withoutAge } from "../open-ownership.ts";

const CLAIM = 'OwnershipStore.claim: "Inserts an entry, if there is none of this name"';
const ADVANCE = 'OwnershipStore.advance: "Replaces an entry that is still as expected"';
const REMOVE = 'OwnershipStore.remove: "Removes an entry that is still as expected"';

/** Rows in which everything is set and nothing is. */
const rows: Readonly<Record<"full" | "bare", EntryChange>> = { full: filled, bare: active };
const copy = { manager: "THIRD", version: "1.2", path: "secret/data/b" };

/** What is expected of a row, and wrong in one point. */
const wrongExpectations: readonly (readonly [
  what: string,
  name: keyof typeof rows | "none",
  wrong: (row: ExpectedEntry) => ExpectedEntry,
])[] = [
  ["another transition id", "full", (row) => ({ ...row, transitionId: "transition-2" })],
  ["no transition while one is in progress", "full", ({ transitionId: _operationId, ...row }) => row],
  ["a transition while none is in progress", "bare", (row) => ({ ...row, transitionId: "transition-1" })],
  ["another manager", "full", (row) => ({ ...row, manager: "FOURTH" })],
  ["another manager of a row without a transition", "bare", (row) => ({ ...row, manager: "FOURTH" })],
  ["another state", "full", (row) => ({ ...row, state: "deleting" })],
  ["another path", "full", (row) => ({ ...row, path: "secret/data/c" })],
  ["no path where there is one", "full", ({ path: _path, ...row }) => row],
  ["a path where there is none", "bare", (row) => ({ ...row, path: "secret/data/a" })],
  ["a copy at another manager", "full", (row) => ({ ...row, copy: { ...copy, manager: "FOURTH" } })],
  ["a copy of another version", "full", (row) => ({ ...row, copy: { ...copy, version: "1.3" } })],
  ["a copy at another path", "full", (row) => ({ ...row, copy: { ...copy, path: "secret/data/c" } })],
  ["a copy with fewer members", "full", (row) => ({ ...row, copy: { manager: "THIRD" } })],
  ["no copy where there is one", "full", ({ copy: _copy, ...row }) => row],
  ["a copy where there is none", "bare", (row) => ({ ...row, copy: { manager: "THIRD" } })],
  ["a row that is not there", "none", (row) => row],
];

export const changeCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "claim inserts a row",
    contract: CLAIM,
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const isClaimed = await opened.ownership.claim("a", creating, opened.context);
      expectEqual(isClaimed, true, "`claim`");
      expectEqual(await rowOf(opened, "a"), { name: "a", ...creating }, "the row after it");
    },
  },
  {
    name: "claim of a name that has a row returns false and changes nothing, for every owner",
    contract: CLAIM,
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const { ownership, backend, context } = opened;
      await ownership.claim("a", creating, context);
      await backend.write("b", Object.freeze({ token: "1" }), { expect: "absent" }, context);
      for (const name of ["a", "b"]) {
        const before = await rowOf(opened, name);
        const claimed = await ownership.claim(name, { ...active, transitionId: "transition-2" }, context);
        expectEqual(claimed, false, "`claim`");
        expectEqual(await rowOf(opened, name), before, "the row after it");
      }
      expectEqual((await backend.get("b", context))?.value, { token: "1" }, "the secret after it");
    },
  },
  {
    name: "of several claims at the same time, by two clients, one wins",
    contract: CLAIM,
    async run(fixture) {
      const clients = [await openOwnership(fixture), await openOwnership(fixture)] as const;
      const claims = Array.from({ length: 6 }, (_, index) => {
        const { ownership, context } = clients[index % 2 === 0 ? 0 : 1];
        return ownership.claim("a", { ...creating, transitionId: `transition-${index}` }, context);
      });
      const answers = await Promise.all(claims);
      expectEqual(answers.filter(Boolean).length, 1, "the number of claims that succeed");
      const { transitionId } = await rowOf(clients[0], "a");
      expectEqual(transitionId, `transition-${answers.indexOf(true)}`, "the transition id");
    },
  },
  {
    name: "advance replaces the row, and clears omitted members",
    contract: 'EntryChange: "What is left out is cleared"',
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const { ownership, context } = opened;
      await ownership.claim("a", filled, context);
      expectEqual(await ownership.advance({ name: "a", ...filled }, active, context), true, "`advance`");
      expectEqual(await ownership.find("a", context), { name: "a", ...active }, "the row after it");
    },
  },
  {
    name: "advance sets every member, with a new age",
    contract: ADVANCE,
    async run(fixture) {
      const { ownership, context } = await openOwnership(fixture);
      await ownership.claim("a", active, context);
      const change = { ...filled, manager: "FOURTH", state: "moving", transitionId: "transition-2" } as const;
      expectEqual(await ownership.advance({ name: "a", ...active }, change, context), true, "`advance`");
      const row = await ownership.find("a", context);
      expectEqual(withoutAge(row), { name: "a", ...change }, "the row after it");
      const age = row?.transitionAge;
      expectThat(typeof age === "number", "`transitionAge` to be set", show(age));
    },
  },
  ...wrongExpectations.map(
    ([what, name, wrong]): ConformanceCase<BackendFixture> => ({
      name: `advance and remove that expect ${what} return false and change nothing`,
      contract: `${ADVANCE}; ${REMOVE}`,
      async run(fixture) {
        const { ownership, context } = await openOwnership(fixture);
        for (const [claimed, row] of Object.entries(rows)) await ownership.claim(claimed, row, context);
        const before = withoutAge(await ownership.find(name, context));
        const expected = wrong(before ?? { name, ...active });
        const change = { manager: "FIFTH", state: "active" } as const;
        expectEqual(await ownership.advance(expected, change, context), false, "`advance`");
        expectEqual(await ownership.remove(expected, context), false, "`remove`");
        expectEqual(withoutAge(await ownership.find(name, context)), before, "the row after it");
      },
    }),
  ),
  {
    name: "of several advances with one expectation, by two clients, one wins",
    contract: 'OwnershipStore: "Every change is a compare-and-swap on the entry as it was read"',
    async run(fixture) {
      const clients = [await openOwnership(fixture), await openOwnership(fixture)] as const;
      await clients[0].ownership.claim("a", active, clients[0].context);
      const changes = Array.from({ length: 6 }, (_, index) => {
        const { ownership, context } = clients[index % 2 === 0 ? 0 : 1];
        const change = { manager: OTHER, state: "moving", transitionId: `next-${index}` } as const;
        return ownership.advance({ name: "a", ...active }, change, context);
      });
      const answers = await Promise.all(changes);
      expectEqual(answers.filter(Boolean).length, 1, "the number of advances that succeed");
      const { transitionId } = await rowOf(clients[0], "a");
      expectEqual(transitionId, `next-${answers.indexOf(true)}`, "the transition id");
    },
  },
  {
    name: "remove removes a row that is as expected, with everything set or nothing",
    contract: REMOVE,
    async run(fixture) {
      const { ownership, context } = await openOwnership(fixture);
      for (const [name, row] of Object.entries(rows)) {
        await ownership.claim(name, row, context);
        const expected = { name, ...row };
        expectEqual(await ownership.remove(expected, context), true, `\`remove\` of the row ${name}`);
        expectEqual(await ownership.find(name, context), undefined, "`find` after it");
        expectEqual(await ownership.remove(expected, context), false, "`remove` once more");
        expectEqual(await ownership.claim(name, active, context), true, "`claim` after it");
      }
    },
  },
  {
    name: "remove of the row of a secret of its own takes the secret with it",
    contract: 'OwnershipStore.remove: "with the value in it"',
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const { ownership, backend, context } = opened;
      await backend.write("a", Object.freeze({ token: "1" }), { expect: "absent" }, context);
      expectEqual(await ownership.remove(await rowOf(opened, "a"), context), true, "`remove`");
      expectEqual(await backend.get("a", context), undefined, "`get` after it");
      expectEqual(await ownership.find("a", context), undefined, "`find` after it");
    },
  },
];
