import type { ReferenceResult } from "@archestra/secrets-core/plugin";
import type { BackendFixture } from "../../backend/backend-fixture.ts";
import { expectEqual, expectThat, show } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import {
  active,
  advanceRow,
  filled,
  openReferences,
  pending,
  readOf,
  rowOf,
  withoutAge,
} from "../open-references.ts";

const FIND = 'ReferenceStore.find: "Reads one row without the secret"; "undefined when there is no row"';
const READ = 'ReferenceStore.read: "Reads one row, and the secret when the store owns it"';
const READ_MANY =
  'ReferenceStore.readMany: "Reads several as `read` does; every name must be a key of the answer"';

export const findCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "a name without a row is undefined",
    contract: `${FIND}; ${READ}`,
    async run(fixture) {
      const { references, context } = await openReferences(fixture);
      expectEqual(await references.find("a", context), undefined, "`find`");
      expectEqual(await references.read("a", context), undefined, "`read`");
    },
  },
  {
    name: "a row gives everything that was put into it, and nothing else",
    contract: "Reference: a member is absent when there is nothing to tell",
    async run(fixture) {
      const opened = await openReferences(fixture);
      const { references, context } = opened;
      await references.claim("a", filled, context);
      await references.claim("b", active, context);
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
    contract: 'SecretCopy: "Absent: not known, or that manager keeps none"',
    async run(fixture) {
      const opened = await openReferences(fixture);
      const copy = { manager: "THIRD" };
      await opened.references.claim("a", { ...active, copy }, opened.context);
      expectEqual((await rowOf(opened, "a")).copy, copy, "`copy`");
    },
  },
  {
    name: "a change under way tells its age in milliseconds, by the store's clock",
    contract:
      'Reference.operationAge: "How long ago the change under way began"; "Absent as `operationId` is"',
    async run(fixture) {
      const { references, context } = await openReferences(fixture);
      await references.claim("a", pending, context);
      await references.claim("b", active, context);
      for (const read of ["find", "read"] as const) {
        const age = (await references[read]("a", context))?.operationAge;
        const isAge = typeof age === "number" && age >= 0 && age < 60_000;
        expectThat(isAge, `\`operationAge\` of \`${read}\` to be a few milliseconds`, show(age));
        expectEqual((await references[read]("b", context))?.operationAge, undefined, "the age of no change");
      }
    },
  },
  {
    name: "read gives the row of a secret of its own with the secret, and find without",
    contract: `${FIND}; ${READ}`,
    async run(fixture) {
      const opened = await openReferences(fixture);
      const { backend, context, own } = opened;
      await backend.write("a", Object.freeze({ token: "1" }), { expect: "absent" }, context);
      const row = { name: "a", manager: own, state: "active" };
      expectEqual(await rowOf(opened, "a"), row, "the row that `find` gives");
      const secret = await backend.get("a", context);
      expectEqual(await readOf(opened, "a"), { ...row, secret }, "what `read` gives");
    },
  },
  {
    name: "a secret of its own is given while it is moving, and not while it is pending or deleting",
    contract: 'ReferenceState: `pending` and `deleting` "reads as absent", `moving` is "read from the owner"',
    async run(fixture) {
      const opened = await openReferences(fixture);
      const { backend, context, own } = opened;
      for (const [state, isGiven] of [
        ["moving", true],
        ["pending", false],
        ["deleting", false],
      ] as const) {
        await backend.write(state, Object.freeze({ token: state }), { expect: "absent" }, context);
        await advanceRow(opened, state, { manager: own, state, operationId: "1" });
        const expected = isGiven ? { token: state } : undefined;
        const found = await readOf(opened, state);
        expectEqual(found?.secret?.value, expected, `the secret of a row that is ${state}`);
        expectEqual((await backend.get(state, context))?.value, expected, `\`get\` while it is ${state}`);
      }
    },
  },
  {
    name: "readMany gives for every name what read gives",
    contract: READ_MANY,
    async run(fixture) {
      const opened = await openReferences(fixture);
      const { references, backend, context } = opened;
      await backend.write("own", Object.freeze({ token: "1" }), { expect: "absent" }, context);
      await references.claim("pending", pending, context);
      await references.claim("filled", { ...filled, state: "active" }, context);
      const names = ["none", "own", "pending", "filled"];
      const expected: [string, ReferenceResult][] = [];
      for (const name of names) {
        const reference = await readOf(opened, name);
        expected.push([
          name,
          reference === undefined ? { status: "absent" } : { status: "found", reference },
        ]);
      }
      const results = [...(await references.readMany(names, context))].map(([name, result]) => [
        name,
        result.status === "found" ? { ...result, reference: withoutAge(result.reference) } : result,
      ]);
      expectEqual(Object.fromEntries(results), Object.fromEntries(expected), "the results by name");
    },
  },
  {
    name: "readMany of no names is empty, and a name twice is one key",
    contract: READ_MANY,
    async run(fixture) {
      const { references, context } = await openReferences(fixture);
      await references.claim("a", active, context);
      expectEqual([...(await references.readMany([], context))], [], "the results of no names");
      const names = [...(await references.readMany(["a", "a"], context)).keys()];
      expectEqual(names, ["a"], "the keys of a name twice");
    },
  },
  {
    name: "another client finds the row at once",
    contract: FIND,
    async run(fixture) {
      const first = await openReferences(fixture);
      const second = await openReferences(fixture);
      await first.references.claim("a", active, first.context);
      const found = await second.references.find("a", second.context);
      expectEqual(found, { name: "a", ...active }, "the row that another client finds");
    },
  },
];
