import { setImmediate as nextTurn } from "node:timers/promises";
import { isSecretsError, type SecretsManager } from "@archestra/secrets-core";
import {
  expectEqual,
  expectThat,
  fail,
  type Outcome,
  outcomeOf,
  show,
  showOutcome,
} from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import { freshReadCases } from "./fresh-reads.ts";
import { racingNameCases } from "./racing-names.ts";
import { racingSetCases } from "./racing-sets.ts";

const ATOMIC = 'SecretsBackend.write: "atomically: readers receive the old value or the new one"';
const CONDITIONAL =
  "Capabilities.conditionalWrites: a write happens only when the secret has the given version";
const CREATION =
  'SecretsBackend.write: "ALREADY_EXISTS when `expect` is `absent` and there is a secret"; Capabilities.conditionalWrites: without it, within the process only';
const RACERS = 10;

export const concurrencyCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "another client immediately sees a write, an update and a deletion",
    contract: ATOMIC,
    async run(fixture) {
      fixture.needsFreshReads();
      const { manager } = await fixture.open();
      const { manager: other } = await fixture.open();
      expectEqual(await other.has("a"), false, "`has` before the creation");
      await manager.create("a", { token: "1" });
      expectEqual((await other.get("a"))?.value, { token: "1" }, "`get` after the creation");
      await manager.update("a", { token: "2" });
      expectEqual((await other.get("a"))?.value, { token: "2" }, "`get` after the update");
      await manager.delete("a");
      expectEqual((await other.get("a"))?.value, undefined, "`get` after the deletion");
    },
  },
  ...freshReadCases,
  {
    name: "of several creations of one name by two clients, one succeeds",
    contract: CREATION,
    async run(fixture) {
      const clients = [await fixture.openDeclaring("conditionalWrites"), await fixture.open()];
      await raceToCreate(clients.map(({ manager }) => manager));
    },
  },
  {
    name: "of several creations of one name by one client, one succeeds",
    contract: CREATION,
    async run(fixture) {
      const { manager } = await fixture.open();
      await raceToCreate([manager]);
    },
  },
  {
    name: "of several writes under one version by two clients, one succeeds",
    contract: CONDITIONAL,
    async run(fixture) {
      const clients = [await fixture.openDeclaring("conditionalWrites"), await fixture.open()];
      for (let round = 0; round < 5; round++) {
        const name = `race/${round}`;
        const created = await clients[0]?.manager.create(name, { racer: -1 });
        const ifVersion = created?.version;
        const outcomes = await race((index) => {
          const { manager } = clients[index % clients.length] as (typeof clients)[0];
          return manager.update(name, { racer: index }, { ifVersion });
        });
        const winner = onlyWinner(outcomes, "CONFLICT", "`update`");
        const stored = (await clients[0]?.manager.get(name))?.value;
        expectEqual(stored, { racer: winner }, "the value after the race");
      }
    },
  },
  {
    name: "no update by a function of two clients is lost",
    contract: CONDITIONAL,
    async run(fixture) {
      const clients = [await fixture.openDeclaring("conditionalWrites"), await fixture.open()];
      await countUp(clients.map(({ manager }) => manager));
    },
  },
  {
    name: "no update by a function of one client is lost",
    contract:
      'Capabilities.conditionalWrites: without it, "`update` with a function and `create` are serialised within the process only"',
    async run(fixture) {
      const { manager } = await fixture.open();
      await countUp([manager]);
    },
  },
  {
    name: "after several writes, the state is one of the written ones, and versions are distinct",
    contract: ATOMIC,
    async run(fixture) {
      const clients = [await fixture.openWith({ a: { racer: -1 } }), await fixture.open()];
      const infos = await Promise.all(
        Array.from({ length: RACERS }, (_, index) => {
          const { manager } = clients[index % clients.length] as (typeof clients)[0];
          return manager.set("a", { racer: index, padding: "x".repeat(1_000 * index) });
        }),
      );
      const stored = await clients[0]?.manager.get("a");
      const { racer, padding } = (stored?.value ?? {}) as { racer?: number; padding?: string };
      const isWhole = typeof racer === "number" && racer >= 0 && padding === "x".repeat(1_000 * racer);
      expectThat(isWhole, "one of the written values, whole", show(stored?.value));
      if (!clients[0]?.backend.capabilities.versions) return;
      const versions = infos.map(({ version }) => version);
      expectEqual(new Set(versions).size, RACERS, "the number of different versions that were written");
      expectThat(
        versions.includes(stored?.version),
        "the stored version to be one that was written",
        show(stored?.version),
      );
    },
  },
  {
    name: "a reader receives the old or the new value, never a mixture or absence",
    contract: ATOMIC,
    async run(fixture) {
      const valueOfRound = (round: number) => ({
        round,
        first: `f${round}`,
        padding: "x".repeat(20_000),
        last: `l${round}`,
      });
      const { manager: writer } = await fixture.openWith({ a: valueOfRound(0) });
      const { manager: reader } = await fixture.open();
      let isWriting = true;
      const writing = outcomeOf(async () => {
        for (let round = 1; round <= 30; round++) await writer.set("a", valueOfRound(round));
      }).finally(() => {
        isWriting = false;
      });
      let last = 0;
      while (isWriting) {
        const value = (await reader.get("a"))?.value as ReturnType<typeof valueOfRound> | undefined;
        if (value === undefined) fail("every `get` to find the secret", "undefined");
        expectEqual(value, valueOfRound(value.round), "every value that is read");
        expectThat(
          value.round >= last,
          "no value older than one that was read before",
          `${value.round} after ${last}`,
        );
        last = value.round;
        // A backend that answers at once would leave the writer's timers no turn.
        await nextTurn();
      }
      const written = await writing;
      if (written.failed) fail("every `set` to succeed", showOutcome(written));
    },
  },
  {
    name: "concurrent writes of different names are all stored",
    contract: ATOMIC,
    async run(fixture) {
      const clients = [await fixture.open(), await fixture.open()];
      const names = Array.from({ length: 50 }, (_, index) => `many/${index}`);
      await Promise.all(
        names.map((name, index) => clients[index % clients.length]?.manager.set(name, { name })),
      );
      const many = await clients[0]?.manager.getMany(names);
      for (const name of names) {
        const answer = many?.get(name);
        expectEqual(
          answer?.status === "found" ? answer.secret.value : answer?.status,
          { name },
          `the value of ${name}`,
        );
      }
    },
  },
  {
    name: "of several deletions of one secret, at least one returns true and none fails",
    contract: 'SecretsBackend.delete: "whether there was a secret"',
    async run(fixture) {
      const clients = [await fixture.openWith({ a: { token: "1" } }), await fixture.open()];
      const outcomes = await race((index) => {
        const { manager } = clients[index % clients.length] as (typeof clients)[0];
        return manager.delete("a");
      });
      const failed = outcomes.find((outcome) => outcome.failed);
      if (failed !== undefined) fail("every `delete` to succeed", showOutcome(failed));
      const found = outcomes.some((outcome) => !outcome.failed && outcome.result);
      expectThat(found, "at least one `delete` to answer true", "all answered false");
      expectEqual(await clients[0]?.manager.has("a"), false, "`has` afterwards");
    },
  },
  {
    name: "concurrent reads return the same value",
    contract: "SecretsBackend.get",
    async run(fixture) {
      const { manager } = await fixture.openWith({ a: { token: "1" } });
      const secrets = await Promise.all(Array.from({ length: 100 }, () => manager.get("a")));
      const wrong = secrets.find((secret) => secret?.value.token !== "1");
      expectThat(!secrets.includes(wrong), "the value, one hundred times", show(wrong?.value));
    },
  },
  ...racingSetCases,
  ...racingNameCases,
];

/** Starts several calls at the same time. */
function race<Result>(call: (index: number) => Promise<Result>): Promise<Outcome<Result>[]> {
  return Promise.all(Array.from({ length: RACERS }, (_, index) => outcomeOf(() => call(index))));
}

/** The index of the one call that succeeded; every other one must have failed with the code. */
function onlyWinner(
  outcomes: readonly Outcome<unknown>[],
  code: "ALREADY_EXISTS" | "CONFLICT",
  call: string,
): number {
  const wrong = outcomes.find((outcome) => outcome.failed && !isSecretsError(outcome.error, code));
  if (wrong !== undefined) fail(`every other ${call} to fail with ${code}`, showOutcome(wrong));
  const winners = [...outcomes.keys()].filter((index) => !outcomes[index]?.failed);
  if (winners.length !== 1) fail(`exactly one ${call} to succeed`, `${winners.length} did`);
  return winners[0] as number;
}

interface Counting {
  create(name: string, value: { count: number }): Promise<unknown>;
  update(
    name: string,
    change: (current: Readonly<Record<string, unknown>>) => { count: number },
  ): Promise<unknown>;
  get(name: string): Promise<{ readonly value: Readonly<Record<string, unknown>> } | undefined>;
}

async function raceToCreate(managers: readonly SecretsManager[]): Promise<void> {
  for (let round = 0; round < 5; round++) {
    const name = `race/${round}`;
    const outcomes = await race((index) => {
      const manager = managers[index % managers.length] as SecretsManager;
      return manager.create(name, { racer: index });
    });
    const winner = onlyWinner(outcomes, "ALREADY_EXISTS", "`create`");
    expectEqual((await managers[0]?.get(name))?.value, { racer: winner }, "the value after the race");
  }
}

async function countUp(managers: readonly Counting[]): Promise<void> {
  const [first] = managers;
  await first?.create("counter", { count: 0 });
  const updates = Array.from({ length: 2 * RACERS }, (_, index) =>
    managers[index % managers.length]?.update("counter", ({ count }) => ({ count: Number(count) + 1 })),
  );
  await Promise.all(updates);
  expectEqual(
    (await first?.get("counter"))?.value,
    { count: 2 * RACERS },
    `the counter after ${2 * RACERS} updates`,
  );
}
