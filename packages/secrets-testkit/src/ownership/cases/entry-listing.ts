import type { EntryChange } from "@archestra/secrets-core/ownership";
import { compareNames } from "@archestra/secrets-core/plugin";
import type { BackendFixture } from "../../backend/backend-fixture.ts";
import { expectEqual, expectThat, show } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import {
  active,
  creating,
  type OpenOwnership,
  OTHER,
  openOwnership,
  rowOf,
  withoutAge,
} from "../open-ownership.ts";

const LIST =
  'OwnershipStore.list: "entries of every owner and state in the order of the bytes of their names in UTF-8"';
const COUNT =
  'OwnershipStore.count: "the owner\'s id to the number of its entries in every state but `creating` and `deleting`"';

const TRANSITIONS =
  'OwnershipStore.transitions: "Lists the entries with a transition in progress, in any order"';

const names = [
  "A",
  "a",
  "a%",
  "a/1",
  "a/2",
  "a/3",
  "a/4",
  "a/5",
  "a_",
  "own",
  "\uff21",
  "\u{1f642}",
].toSorted(compareNames);

export const rowListingCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "rows are listed in the order of the bytes of their names, for every owner",
    contract: LIST,
    async run(fixture) {
      expectEqual(await namesOf(await openFilled(fixture), { prefix: "" }), names, "the list");
    },
  },
  {
    name: "prefix, after and limit pick rows as they pick secrets",
    contract: LIST,
    async run(fixture) {
      const opened = await openFilled(fixture);
      for (const prefix of ["", "a", "a/", "%", "_", "none"]) {
        for (const after of [undefined, "a", "a/1", "b", "zzz"]) {
          for (const limit of [undefined, 1, 2, 100]) {
            const expected = names
              .filter(
                (name) => name.startsWith(prefix) && (after === undefined || compareNames(name, after) > 0),
              )
              .slice(0, limit);
            const range = { prefix, after, limit };
            expectEqual(await namesOf(opened, range), expected, `the list of ${show(range)}`);
          }
        }
      }
    },
  },
  {
    name: "a row is listed as find returns it, and an own secret with its information",
    contract: 'ListedEntry: "the entry, and the information about a secret that the ownership store owns"',
    async run(fixture) {
      const opened = await openFilled(fixture);
      const { ownership, backend, context } = opened;
      const infos = await Array.fromAsync(backend.list({ prefix: "" }, context));
      for await (const row of ownership.list({ prefix: "" }, context)) {
        const info = infos.find(({ name }) => name === row.name);
        const expected = { ...(await rowOf(opened, row.name)), ...(info === undefined ? {} : { info }) };
        expectEqual(withoutAge(row), expected, `the row of ${row.name} in the list`);
      }
    },
  },
  {
    name: "transitions lists exactly the rows with a transition in progress",
    contract: TRANSITIONS,
    async run(fixture) {
      const opened = await openFilled(fixture);
      const { ownership, context } = opened;
      const rows = await Array.fromAsync(ownership.transitions(context));
      const expected = Object.keys(changes).filter((name) => changes[name]?.transitionId !== undefined);
      expectEqual(rows.map(({ name }) => name).toSorted(), expected.toSorted(), "the names");
      for (const row of rows) {
        expectEqual(withoutAge(row), await rowOf(opened, row.name), `the row of ${row.name}`);
        expectThat(
          typeof row.transitionAge === "number",
          "`transitionAge` to be set",
          show(row.transitionAge),
        );
      }
    },
  },
  {
    name: "entries in every state but `creating` and `deleting` are counted by owner",
    contract: COUNT,
    async run(fixture) {
      const { ownership, context, own } = await openFilled(fixture);
      const counts = { [OTHER]: 8, THIRD: 1, [own]: 1 };
      expectEqual(Object.fromEntries(await ownership.count({}, context)), counts, "the counts");
      for (const except of [own, OTHER, "THIRD", "FOURTH"]) {
        const { [except]: _left, ...expected } = counts;
        const counted = Object.fromEntries(await ownership.count({ except }, context));
        expectEqual(counted, expected, `the counts except those of ${except}`);
      }
    },
  },
];

const changes: Readonly<Record<string, EntryChange>> = {
  "\u{1f642}": active,
  "\uff21": creating,
  A: active,
  a: { ...active, manager: "THIRD" },
  "a%": { ...active, copy: { manager: "THIRD" } },
  a_: active,
  "a/1": { ...active, state: "moving", transitionId: "1" },
  "a/2": { ...active, state: "deleting", transitionId: "2" },
  "a/3": { ...active, state: "adopting", transitionId: "3" },
  "a/4": { ...active, state: "locked", transitionId: "4" },
  "a/5": { ...active, state: "refreshing", transitionId: "5" },
};

async function openFilled(fixture: BackendFixture): Promise<OpenOwnership> {
  const opened = await openOwnership(fixture);
  const { ownership, backend, context } = opened;
  await backend.write("own", Object.freeze({ token: "1" }), { expect: "absent" }, context);
  for (const [name, change] of Object.entries(changes)) await ownership.claim(name, change, context);
  return opened;
}

function namesOf(
  { ownership, context }: OpenOwnership,
  range: Parameters<OpenOwnership["ownership"]["list"]>[0],
): Promise<string[]> {
  return Array.fromAsync(ownership.list(range, context), ({ name }) => name);
}
