import type { BackendFixture } from "../../backend/backend-fixture.ts";
import { expectEqual, expectThat, show } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import { active, openReferences, pending } from "../open-references.ts";

const FIND = 'ReferenceStore.find: "Reads one row"; "undefined when there is no row"';

export const findCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "a name without a row is undefined",
    contract: FIND,
    async run(fixture) {
      const { references, context } = await openReferences(fixture);
      expectEqual(await references.find("a", context), undefined, "`find`");
    },
  },
  {
    name: "a row gives everything that was put into it, and nothing else",
    contract: "Reference: a member is absent when there is nothing to tell",
    async run(fixture) {
      const { references, context } = await openReferences(fixture);
      const source = { manager: "DB", version: "1.2" };
      await references.claim("a", { ...pending, path: "secret/data/a", source }, context);
      await references.claim("b", active, context);
      const { operationStartedAt, ...row } = (await references.find("a", context)) ?? {};
      expectEqual(
        row,
        { name: "a", ...pending, path: "secret/data/a", source },
        "the row of a change under way",
      );
      expectThat(
        operationStartedAt instanceof Date,
        "`operationStartedAt` to be a Date",
        show(operationStartedAt),
      );
      expectEqual(await references.find("b", context), { name: "b", ...active }, "the row without a change");
    },
  },
  {
    name: "a source copy without a version is given without one",
    contract: 'SourceCopy.version: "Absent: that manager keeps none"',
    async run(fixture) {
      const { references, context } = await openReferences(fixture);
      await references.claim("a", { ...active, source: { manager: "DB" } }, context);
      expectEqual((await references.find("a", context))?.source, { manager: "DB" }, "`source`");
    },
  },
  {
    name: "the row of a secret of its own comes with the secret",
    contract: 'FoundReference: "and the secret itself when the store that holds the table also owns it"',
    async run(fixture) {
      const { references, backend, context, own } = await openReferences(fixture);
      await backend.write("a", Object.freeze({ token: "1" }), { expect: "absent" }, context);
      const found = await references.find("a", context);
      expectEqual(found?.manager, own, "the owner");
      expectEqual(found?.state, "active", "the state");
      expectEqual(found?.operationId, undefined, "the operation id");
      expectEqual(found?.secret, await backend.get("a", context), "the secret");
    },
  },
  {
    name: "a secret of its own is given while it is moving, and not while it is pending or deleting",
    contract: 'ReferenceState: `pending` and `deleting` read as absent, `moving` is "read from the owner"',
    async run(fixture) {
      const { references, backend, context, own } = await openReferences(fixture);
      for (const [state, isGiven] of [
        ["moving", true],
        ["pending", false],
        ["deleting", false],
      ] as const) {
        await backend.write(state, Object.freeze({ token: state }), { expect: "absent" }, context);
        await references.advance(state, undefined, { manager: own, state, operationId: "1" }, context);
        const found = await references.find(state, context);
        const expected = isGiven ? { token: state } : undefined;
        expectEqual(found?.secret?.value, expected, `the secret of a row that is ${state}`);
        expectEqual(
          (await backend.get(state, context))?.value,
          expected,
          `\`get\` while the row is ${state}`,
        );
      }
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
