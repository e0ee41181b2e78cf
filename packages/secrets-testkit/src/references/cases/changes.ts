import type { BackendFixture } from "../../backend/backend-fixture.ts";
import { expectEqual, expectThat, show } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import { active, OTHER, openReferences, pending } from "../open-references.ts";

const CLAIM = 'ReferenceStore.claim: "Inserts a row, when there is none of this name"';
const ADVANCE = 'ReferenceStore.advance: "Replaces a row whose operation id is still the expected one"';
const REMOVE = 'ReferenceStore.remove: "Removes a row whose operation id is still the expected one"';

/** What is expected of a row, and wrong: the name of the row, and the operation id. */
const wrongExpectations: readonly (readonly [what: string, name: string, expected: string | undefined])[] = [
  ["another operation id", "claimed", "operation-2"],
  ["no change while one is under way", "claimed", undefined],
  ["a change while none is under way", "settled", "operation-1"],
  ["a row that is not there", "none", undefined],
  ["a change of a row that is not there", "none", "operation-1"],
];

export const changeCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "claim inserts a row with the operation and the time at which it began",
    contract: CLAIM,
    async run(fixture) {
      const { references, context } = await openReferences(fixture);
      expectEqual(await references.claim("a", pending, context), true, "`claim`");
      const found = await references.find("a", context);
      expectEqual(found?.operationId, pending.operationId, "the operation id");
      const isTime = Math.abs((found?.operationStartedAt?.getTime() ?? 0) - Date.now()) < 60_000;
      expectThat(
        isTime,
        "`operationStartedAt` to be now, by the store's clock",
        show(found?.operationStartedAt),
      );
    },
  },
  {
    name: "claim of a name that has a row is false and changes nothing, whoever owns it",
    contract: CLAIM,
    async run(fixture) {
      const { references, backend, context } = await openReferences(fixture);
      await references.claim("a", pending, context);
      await backend.write("b", Object.freeze({ token: "1" }), { expect: "absent" }, context);
      for (const name of ["a", "b"]) {
        const before = await references.find(name, context);
        const claimed = await references.claim(name, { ...active, operationId: "operation-2" }, context);
        expectEqual(claimed, false, "`claim`");
        expectEqual(await references.find(name, context), before, "the row after it");
      }
    },
  },
  {
    name: "of several claims at the same time, by two clients, one wins",
    contract: CLAIM,
    async run(fixture) {
      const clients = [await openReferences(fixture), await openReferences(fixture)];
      const claims = Array.from({ length: 6 }, (_, index) => {
        const { references, context } = clients[index % 2] as (typeof clients)[0];
        return references.claim("a", { ...pending, operationId: `operation-${index}` }, context);
      });
      const answers = await Promise.all(claims);
      expectEqual(answers.filter(Boolean).length, 1, "the number of claims that succeed");
      const found = await clients[0]?.references.find("a", clients[0].context);
      expectEqual(found?.operationId, `operation-${answers.indexOf(true)}`, "the operation id");
    },
  },
  {
    name: "advance replaces the row, and clears what is left out",
    contract: 'ReferenceStore.advance: "What `change` leaves out is cleared"',
    async run(fixture) {
      const { references, context } = await openReferences(fixture);
      const source = { manager: "DB", version: "1" };
      await references.claim("a", { ...pending, path: "p", source }, context);
      expectEqual(await references.advance("a", pending.operationId, active, context), true, "`advance`");
      expectEqual(await references.find("a", context), { name: "a", ...active }, "the row after it");
    },
  },
  {
    name: "advance sets what it is given, with a new beginning",
    contract: ADVANCE,
    async run(fixture) {
      const { references, context } = await openReferences(fixture);
      await references.claim("a", active, context);
      const source = { manager: OTHER, version: "3" };
      const change = {
        manager: "THIRD",
        state: "moving",
        operationId: "operation-2",
        path: "p",
        source,
      } as const;
      expectEqual(await references.advance("a", undefined, change, context), true, "`advance`");
      const { operationStartedAt, ...row } = (await references.find("a", context)) ?? {};
      expectEqual(row, { name: "a", ...change }, "the row after it");
      expectThat(
        operationStartedAt instanceof Date,
        "`operationStartedAt` to be set",
        show(operationStartedAt),
      );
    },
  },
  ...wrongExpectations.map(
    ([what, name, expected]): ConformanceCase<BackendFixture> => ({
      name: `advance and remove that expect ${what} are false and change nothing`,
      contract: `${ADVANCE}; ${REMOVE}`,
      async run(fixture) {
        const { references, context } = await openReferences(fixture);
        await references.claim("claimed", pending, context);
        await references.claim("settled", active, context);
        const before = await references.find(name, context);
        const change = { manager: "THIRD", state: "active" } as const;
        expectEqual(await references.advance(name, expected, change, context), false, "`advance`");
        expectEqual(await references.remove(name, expected, context), false, "`remove`");
        expectEqual(await references.find(name, context), before, "the row after it");
      },
    }),
  ),
  {
    name: "of several advances with one expectation, by two clients, one wins",
    contract: "ReferenceStore: every change is a compare-and-swap on the operation id",
    async run(fixture) {
      const clients = [await openReferences(fixture), await openReferences(fixture)];
      const [first] = clients as [(typeof clients)[0]];
      await first.references.claim("a", pending, first.context);
      const changes = Array.from({ length: 6 }, (_, index) => {
        const { references, context } = clients[index % 2] as (typeof clients)[0];
        const change = { ...pending, operationId: `next-${index}` };
        return references.advance("a", pending.operationId, change, context);
      });
      const answers = await Promise.all(changes);
      expectEqual(answers.filter(Boolean).length, 1, "the number of advances that succeed");
      const found = await first.references.find("a", first.context);
      expectEqual(found?.operationId, `next-${answers.indexOf(true)}`, "the operation id");
    },
  },
  {
    name: "remove removes a row whose operation id is the expected one, or which has none",
    contract: REMOVE,
    async run(fixture) {
      const { references, context } = await openReferences(fixture);
      await references.claim("a", pending, context);
      await references.claim("b", active, context);
      expectEqual(await references.remove("a", pending.operationId, context), true, "`remove` of a change");
      expectEqual(
        await references.remove("b", undefined, context),
        true,
        "`remove` of a row without a change",
      );
      for (const name of ["a", "b"]) {
        expectEqual(await references.find(name, context), undefined, "`find` after it");
        expectEqual(await references.remove(name, undefined, context), false, "`remove` once more");
        expectEqual(await references.claim(name, active, context), true, "`claim` after it");
      }
    },
  },
];
