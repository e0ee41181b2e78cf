import { compareNames, type ReferenceChange } from "@archestra/secrets-core/plugin";
import type { BackendFixture } from "../../backend/backend-fixture.ts";
import { expectEqual, expectThat, show } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import {
  active,
  type OpenReferences,
  OTHER,
  openReferences,
  pending,
  rowOf,
  withoutAge,
} from "../open-references.ts";

const LIST =
  'ReferenceStore.list: "rows of every owner and state in the order of the bytes of their names in UTF-8"';
const COUNT = 'ReferenceStore.count: "the owner\'s id to the number of rows that are `active` or `moving`"';

const TRANSITIONS = 'ReferenceStore.transitions: "Lists the rows with a change under way, in any order"';

const names = ["A", "a", "a%", "a/1", "a/2", "a_", "own", "\uff21", "\u{1f642}"].toSorted(compareNames);

export const rowListingCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "rows come in the order of the bytes of their names, whoever owns them",
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
    name: "a row is listed as find gives it, and a secret of its own with what is known of it beside the value",
    contract: 'ListedReference: "the row, and what the store knows of a secret that it owns itself"',
    async run(fixture) {
      const opened = await openFilled(fixture);
      const { references, backend, context } = opened;
      const infos = await Array.fromAsync(backend.list({ prefix: "" }, context));
      for await (const row of references.list({ prefix: "" }, context)) {
        const info = infos.find(({ name }) => name === row.name);
        const expected = { ...(await rowOf(opened, row.name)), ...(info === undefined ? {} : { info }) };
        expectEqual(withoutAge(row), expected, `the row of ${row.name} in the list`);
      }
    },
  },
  {
    name: "exactly the rows with a change under way are transitions",
    contract: TRANSITIONS,
    async run(fixture) {
      const opened = await openFilled(fixture);
      const { references, context } = opened;
      const rows = await Array.fromAsync(references.transitions(context));
      const expected = Object.keys(changes).filter((name) => changes[name]?.operationId !== undefined);
      expectEqual(rows.map(({ name }) => name).toSorted(), expected.toSorted(), "the names");
      for (const row of rows) {
        expectEqual(withoutAge(row), await rowOf(opened, row.name), `the row of ${row.name}`);
        expectThat(typeof row.operationAge === "number", "`operationAge` to be set", show(row.operationAge));
      }
    },
  },
  {
    name: "rows that are active or moving are counted by owner",
    contract: COUNT,
    async run(fixture) {
      const { references, context, own } = await openFilled(fixture);
      const counts = { [OTHER]: 5, THIRD: 1, [own]: 1 };
      expectEqual(Object.fromEntries(await references.count({}, context)), counts, "the counts");
      for (const except of [own, OTHER, "THIRD", "FOURTH"]) {
        const { [except]: _left, ...expected } = counts;
        const counted = Object.fromEntries(await references.count({ except }, context));
        expectEqual(counted, expected, `the counts except those of ${except}`);
      }
    },
  },
];

const changes: Readonly<Record<string, ReferenceChange>> = {
  "\u{1f642}": active,
  "\uff21": pending,
  A: active,
  a: { ...active, manager: "THIRD" },
  "a%": { ...active, copy: { manager: "THIRD" } },
  a_: active,
  "a/1": { ...active, state: "moving", operationId: "1" },
  "a/2": { ...active, state: "deleting", operationId: "2" },
};

async function openFilled(fixture: BackendFixture): Promise<OpenReferences> {
  const opened = await openReferences(fixture);
  const { references, backend, context } = opened;
  await backend.write("own", Object.freeze({ token: "1" }), { expect: "absent" }, context);
  for (const [name, change] of Object.entries(changes)) await references.claim(name, change, context);
  return opened;
}

function namesOf(
  { references, context }: OpenReferences,
  range: Parameters<OpenReferences["references"]["list"]>[0],
): Promise<string[]> {
  return Array.fromAsync(references.list(range, context), ({ name }) => name);
}
