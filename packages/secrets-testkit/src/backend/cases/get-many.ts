import type { GetManyResult } from "@archestra/secrets-core";
import type { ReadResult } from "@archestra/secrets-core/plugin";
import { expectEqual } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendClient, BackendFixture } from "../backend-fixture.ts";
import { createAll } from "../many-secrets.ts";
import { nameTables } from "../names-of-cases.ts";

const MANY = 'SecretsBackend.getMany: "Every name must be a key of the result"';

const propertyNames = nameTables["names of an object's properties are ordinary"];
/** Full batches of usual stores, and one that follows full batches of all these sizes. */
const LENGTHS = [25, 100, 250, 1_001];
/** Positions of the secrets that exist: before, at and after the ends of batches. */
const FOUND = [0, ...[25, 100, 250, 500, 1_000].flatMap((size) => [size - 1, size, size + 1])];
/** Without a `getMany` of its own, a backend reads each secret alone. */
const LENGTH_OF_SINGLE_READS = 101;

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
      const client = await fixture.open();
      const hasOwn = client.backend.getMany !== undefined;
      const lengths = hasOwn ? LENGTHS : [LENGTH_OF_SINGLE_READS];
      const names = Array.from({ length: Math.max(...lengths) }, (_, index) => `batch/${index}`);
      const found = new Set(FOUND.flatMap((position) => names[position] ?? []));
      await createAll(manager, [...found]);
      for (const length of lengths) {
        await expectResults(fixture, client, names.slice(0, length), (name) => found.has(name));
      }
    },
  },
];

/**
 * Fails unless exactly these secrets are found, whose value has their name: by the backend's own `getMany` if it has one, and by
 * the manager, which calls it or reads each secret alone.
 */
async function expectResults(
  fixture: BackendFixture,
  { manager, backend }: BackendClient,
  names: readonly string[],
  isFound: (name: string) => boolean,
): Promise<void> {
  const expected = names.map((name) => [name, isFound(name) ? { token: name } : "absent"]);
  const what = `the results of \`getMany\` for ${names.length} names`;
  const own = await backend.getMany?.(names, fixture.context());
  if (own !== undefined) {
    expectEqual(shownFor(names, own), expected, `${what}, of the backend itself,`);
    expectEqual(own.size, names.length, `the number of ${what}`);
  }
  // A thousand requests are enough once.
  if (own === undefined || names.length <= LENGTH_OF_SINGLE_READS) {
    expectEqual(shownFor(names, await manager.getMany(names)), expected, what);
  }
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
