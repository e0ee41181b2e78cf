import type { GetManyResult } from "@archestra/secrets-core";
import type { ReadResult } from "@archestra/secrets-core/plugin";
import { expectEqual } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendClient, BackendFixture } from "../backend-fixture.ts";
import { createAll } from "../many-secrets.ts";
import { nameTables } from "../names-of-cases.ts";

const MANY = 'SecretsBackend.getMany: "Every name must be a key of the result"';

const propertyNames = nameTables["names of an object's properties are ordinary"];
/** The sizes of the batches of usual stores. */
const BATCHES = [25, 100, 250, 1_000];
/** Before, at and after the end of a batch. */
const AROUND = [-1, 0, 1];

/** Cases of reads of several secrets at once. */
export const getManyCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "getMany returns a result for each name of an object's properties, found or absent",
    contract: MANY,
    async run(fixture) {
      const client = await fixture.open();
      const others = await fixture.open();
      await expectResults(fixture, client, propertyNames, () => false);
      await createAll(others.manager, propertyNames);
      await expectResults(fixture, await fixture.open(), propertyNames, () => true);
    },
  },
  {
    name: "getMany returns a result for each name around the batch sizes of usual stores",
    contract: MANY,
    async run(fixture) {
      const { manager } = await fixture.open();
      const names = Array.from({ length: Math.max(...BATCHES) + 2 }, (_, index) => `batch/${index}`);
      const found = new Set(BATCHES.flatMap((size) => AROUND.map((offset) => names[size + offset] ?? "")));
      await createAll(manager, [names[0] ?? "", ...found]);
      const client = await fixture.open();
      for (const size of BATCHES) {
        for (const length of [size, size + 1]) {
          const requested = names.slice(0, length);
          await expectResults(fixture, client, requested, (name) => name === names[0] || found.has(name));
        }
      }
    },
  },
];

/** Fails unless the manager and the backend's own `getMany` find exactly these secrets, whose value has their name. */
async function expectResults(
  fixture: BackendFixture,
  { manager, backend }: BackendClient,
  names: readonly string[],
  isFound: (name: string) => boolean,
): Promise<void> {
  const expected = names.map((name) => [name, isFound(name) ? { token: name } : "absent"]);
  const many = await manager.getMany(names);
  expectEqual(shownFor(names, many), expected, `the results of \`getMany\` for ${names.length} names`);
  const own = await backend.getMany?.(names, fixture.context());
  if (own === undefined) return;
  const what = `the results of the backend's own \`getMany\` for ${names.length} names`;
  expectEqual(shownFor(names, own), expected, what);
  expectEqual(own.size, names.length, `the number of ${what}`);
}

function shownFor(
  names: readonly string[],
  results: ReadonlyMap<string, ReadResult | GetManyResult>,
): (readonly [string, unknown])[] {
  return names.map((name) => {
    const result = results.get(name);
    return [name, result?.status === "found" ? result.secret.value : result?.status];
  });
}
