import { type EntryResult, isPresent, transitionStates } from "@archestra/secrets-core/ownership";
import type { BackendFixture } from "../../backend/backend-fixture.ts";
import { expectEqual, expectThat, show } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import {
  active,
  advanceRow,
  creating,
  filled,
  openOwnership,
  readOf,
  rowOf,
  withoutAge,
} from "../open-ownership.ts";

const FIND = 'OwnershipStore.find: "Reads one entry without the secret"; "undefined when there is no entry"';
const READ = 'OwnershipStore.read: "Reads one entry, and the secret when the store owns it"';
const READ_MANY =
  'OwnershipStore.readMany: "Reads several entries as `read` does. Every name must be a key of the result"';

export const findCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "a name without a row is undefined",
    contract: `${FIND}; ${READ}`,
    async run(fixture) {
      const { ownership, context } = await openOwnership(fixture);
      expectEqual(await ownership.find("a", context), undefined, "`find`");
      expectEqual(await ownership.read("a", context), undefined, "`read`");
    },
  },
  {
    name: "a row returns exactly what was stored in it",
    contract: "OwnershipEntry: a member without content is absent",
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const { ownership, context } = opened;
      await ownership.claim("a", filled, context);
      await ownership.claim("b", active, context);
      for (const [name, change] of [
        ["a", filled],
        ["b", active],
      ] as const) {
        expectEqual(await rowOf(opened, name), { name, ...change }, "the row that `find` gives");
        expectEqual(await readOf(opened, name), { name, ...change }, "the row that `read` gives");
      }
    },
  },
  {
    name: "a copy of which only the manager is known is given so",
    contract: 'SecretCopy: "Absent: unknown, or that manager has no versions"',
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const copy = { manager: "THIRD" };
      await opened.ownership.claim("a", { ...active, copy }, opened.context);
      expectEqual((await rowOf(opened, "a")).copy, copy, "`copy`");
    },
  },
  {
    name: "a transition has an age in milliseconds, by the store's clock",
    contract:
      'OwnershipEntry.transitionAge: "How long ago the transition began"; "Absent when `transitionId` is"',
    async run(fixture) {
      const { ownership, context } = await openOwnership(fixture);
      await ownership.claim("a", creating, context);
      await ownership.claim("b", active, context);
      for (const read of ["find", "read"] as const) {
        const age = (await ownership[read]("a", context))?.transitionAge;
        const isAge = typeof age === "number" && age >= 0 && age < 60_000;
        expectThat(isAge, `\`transitionAge\` of \`${read}\` to be a few milliseconds`, show(age));
        expectEqual((await ownership[read]("b", context))?.transitionAge, undefined, "the age of no change");
      }
    },
  },
  {
    name: "read returns the row of an own secret with the secret, and find without it",
    contract: `${FIND}; ${READ}`,
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const { backend, context, own } = opened;
      await backend.write("a", Object.freeze({ token: "1" }), { expect: "absent" }, context);
      const row = { name: "a", manager: own, state: "active" };
      expectEqual(await rowOf(opened, "a"), row, "the row that `find` gives");
      const secret = await backend.get("a", context);
      expectEqual(await readOf(opened, "a"), { ...row, secret }, "what `read` gives");
    },
  },
  {
    name: "a secret of its own is returned in every state but `creating` and `deleting`",
    contract: 'EntryState: "In the states `creating` and `deleting`, the store itself returns no value"',
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const { backend, context, own } = opened;
      for (const state of transitionStates) {
        await backend.write(state, Object.freeze({ token: state }), { expect: "absent" }, context);
        await advanceRow(opened, state, { manager: own, state, transitionId: "1" });
        const expected = isPresent(state) ? { token: state } : undefined;
        const found = await readOf(opened, state);
        expectEqual(found?.secret?.value, expected, `the secret of a row that is ${state}`);
        expectEqual((await backend.get(state, context))?.value, expected, `\`get\` while it is ${state}`);
      }
    },
  },
  {
    name: "readMany returns the result of read for every name",
    contract: READ_MANY,
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const { ownership, backend, context } = opened;
      await backend.write("own", Object.freeze({ token: "1" }), { expect: "absent" }, context);
      await ownership.claim("creating", creating, context);
      await ownership.claim("filled", { ...filled, state: "active" }, context);
      const names = ["none", "own", "creating", "filled"];
      const expected: [string, EntryResult][] = [];
      for (const name of names) {
        const entry = await readOf(opened, name);
        expected.push([name, entry === undefined ? { status: "absent" } : { status: "found", entry }]);
      }
      const results = [...(await ownership.readMany(names, context))].map(([name, result]) => [
        name,
        result.status === "found" ? { ...result, entry: withoutAge(result.entry) } : result,
      ]);
      expectEqual(Object.fromEntries(results), Object.fromEntries(expected), "the results by name");
    },
  },
  {
    name: "readMany of no names is empty, and a name twice is one key",
    contract: READ_MANY,
    async run(fixture) {
      const { ownership, context } = await openOwnership(fixture);
      await ownership.claim("a", active, context);
      expectEqual([...(await ownership.readMany([], context))], [], "the results of no names");
      const names = [...(await ownership.readMany(["a", "a"], context)).keys()];
      expectEqual(names, ["a"], "the keys of a name twice");
    },
  },
  {
    name: "another client finds the row at once",
    contract: FIND,
    async run(fixture) {
      const first = await openOwnership(fixture);
      const second = await openOwnership(fixture);
      await first.ownership.claim("a", active, first.context);
      const found = await second.ownership.find("a", second.context);
      expectEqual(found, { name: "a", ...active }, "the row that another client finds");
    },
  },
];
