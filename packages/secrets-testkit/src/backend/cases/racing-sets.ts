import { expectThat, fail, outcomeOf, show, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";

const ANY =
  'SecretsBackend.write: "With `any` it replaces or creates in one step, and never fails because another client creates or deletes the secret meanwhile"';

const ROUNDS = 10;
const RACERS = 6;

/** Cases of `set`, which has no condition: what others do to the secret at the same time is no reason to fail. */
export const racingSetCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "concurrent set of an absent secret by two clients never fails",
    contract: ANY,
    async run(fixture) {
      const clients = [await fixture.open(), await fixture.open()];
      for (let round = 0; round < ROUNDS; round++) {
        const name = `race/${round}`;
        await raceSets(clients, name, () => false);
        const racer = (await clients[0]?.manager.get(name))?.value.racer;
        const isWritten = typeof racer === "number" && racer >= 0 && racer < RACERS;
        expectThat(isWritten, "one of the written values after the race", show(racer));
      }
    },
  },
  {
    name: "set and delete of one secret by two clients at the same time never fail",
    contract: ANY,
    async run(fixture) {
      const clients = [await fixture.openWith({ a: { racer: -1 } }), await fixture.open()];
      for (let round = 0; round < ROUNDS; round++) {
        // The client that writes and the one that deletes change places.
        await raceSets(clients, "a", (index) => (index + round) % 2 === 1);
      }
    },
  },
];

/** Starts the calls of all clients at the same time, and expects that none fails. */
async function raceSets(
  clients: readonly Awaited<ReturnType<BackendFixture["open"]>>[],
  name: string,
  isDeletion: (index: number) => boolean,
): Promise<void> {
  const outcomes = await Promise.all(
    Array.from({ length: RACERS }, (_, index) => {
      const { manager } = clients[index % clients.length] as (typeof clients)[0];
      return outcomeOf<unknown>(() =>
        isDeletion(index) ? manager.delete(name) : manager.set(name, { racer: index }),
      );
    }),
  );
  for (const [index, outcome] of outcomes.entries()) {
    const call = isDeletion(index) ? "`delete`" : "`set`";
    if (outcome.failed) fail(`every ${call} to succeed`, showOutcome(outcome));
  }
}
