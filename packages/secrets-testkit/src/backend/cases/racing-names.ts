import type { SecretsManager } from "@archestra/secrets-core";
import { expectEqual, fail, outcomeOf, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import { namesOf } from "../many-secrets.ts";

const LISTED =
  'SecretsBackend.list: "A list that begins after a change has ended shows it", also after changes and reads of one name at the same time';

const ROUNDS = 15;
const NAMES = ["race/a", "race/b", "race/c"];

/** Cases of names that are listed after calls on them ran at the same time: an index may lose one of them. */
export const racingNameCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "a secret that was written beside deletions and reads of its name is listed",
    contract: LISTED,
    async run(fixture) {
      const { manager } = await fixture.openDeclaring("list");
      const { manager: other } = await fixture.open();
      for (let round = 0; round < ROUNDS; round++) {
        await atTheSameTime((name) => [
          () => manager.get(name),
          () => other.get(name),
          () => other.set(name, { round }),
          () => manager.get(name),
          () => other.get(name),
        ]);
        await expectListed(manager, "a creation beside reads");
        await atTheSameTime((name) => [() => manager.delete(name), () => other.set(name, { round })]);
        await expectListed(manager, "a deletion beside a `set`");
        for (const name of NAMES) await manager.delete(name);
      }
    },
  },
];

/** Starts calls of all names at the same time, and expects that none fails. */
async function atTheSameTime(callsOf: (name: string) => (() => Promise<unknown>)[]): Promise<void> {
  const outcomes = await Promise.all(NAMES.flatMap(callsOf).map((call) => outcomeOf(call)));
  const failed = outcomes.find((outcome) => outcome.failed);
  if (failed !== undefined) fail("every `get`, `set` and `delete` to succeed", showOutcome(failed));
}

async function expectListed(manager: SecretsManager, after: string): Promise<void> {
  const present = await Promise.all(NAMES.map((name) => manager.has(name)));
  const expected = NAMES.filter((_, index) => present[index]);
  const what = `the list after ${after}, of the names for which \`has\` returns true,`;
  expectEqual(await namesOf(manager), expected, what);
}
