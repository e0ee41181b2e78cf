import { setImmediate as nextTurn } from "node:timers/promises";
import type { MovableManager, MovableSecrets } from "./movable-secrets.ts";
import { ProcessPool } from "./process-pool.ts";
import { answersOf, everyAnswer, runRandomHistory } from "./random-history.ts";
import { RestartingManager } from "./restarting-manager.ts";
import { SecretMover } from "./secret-mover.ts";
import { SeededRandom } from "./seeded-random.ts";

/** Most histories wait for a timer most of the time. */
const HISTORIES_AT_A_TIME = 32;
const MOST_LOOKS = 100;

/** How many histories in which secrets move, and on what. */
export interface MovingHistoriesPlan<Manager extends MovableManager> {
  readonly runs: number;
  /** The seed of the first; each further one has the next. @default another one each time */
  readonly firstSeed?: number | undefined;
  readonly secrets: MovableSecrets<Manager>;
}

/**
 * What happens in enough histories in which secrets move: every answer but those that a version brings about, every call
 * with an outcome that is unknown because the process died, moves, and the recovery of unfinished transitions.
 *
 * @param managers the ids of the managers that secrets move between
 */
export function everyMovingAnswer(managers: readonly [string, string]): string[] {
  const calls = [
    "create",
    "delete",
    "finalize",
    "get",
    "has",
    "migrate",
    "refresh",
    "set",
    "update",
    "updateBy",
  ];
  return [
    ...everyAnswer.filter((answer) => !answer.endsWith("CONFLICT")),
    ...calls.map((call) => `${call}: unknown`),
    ...managers.map((manager) => `moved to ${manager}`),
    "finalized",
    ...["creating", "deleting", "locked", "moving", "refreshing"].map((state) => `recovered: ${state}`),
  ].sort();
}

/** What of it happens in as few as a hundred, whatever the machine does meanwhile. */
export function commonMovingAnswers(managers: readonly [string, string]): string[] {
  const calls = ["create", "delete", "refresh", "set", "update", "updateBy"];
  return [
    ...calls.flatMap((call) => [`${call}: unknown`]),
    ...["create: written", "delete: true", "refresh: refreshed", "set: written", "update: written"],
    "updateBy: written",
    ...managers.map((manager) => `moved to ${manager}`),
    "finalized",
  ];
}

/**
 * Runs random histories of several processes, of which some die in the middle of a call, while the secrets are moved to
 * and fro between two managers; a process may have either of them selected. In the end of each, processes of both kinds see
 * the same, the secrets are deleted, and nothing is left of them.
 *
 * @returns what happened, in the form of {@link everyMovingAnswer}
 * @throws Error with the seed when a history is not linearizable, a move fails, or something is left
 */
export async function checkMovingHistories<Manager extends MovableManager>(
  plan: MovingHistoriesPlan<Manager>,
): Promise<string[]> {
  const { runs, firstSeed = Math.floor(Math.random() * 2 ** 27), secrets } = plan;
  const pool = new ProcessPool(secrets);
  const outcomes = new Set<string>();
  let next = firstSeed;
  const failures: unknown[] = [];
  const runSome = async () => {
    while (next < firstSeed + runs && failures.length === 0) {
      const seed = next++;
      await checkOne(seed, secrets, pool, outcomes).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(HISTORIES_AT_A_TIME, runs) }, runSome));
  await pool.close();
  if (failures.length > 0) throw failures[0];
  for (const state of pool.recovered) outcomes.add(`recovered: ${state}`);
  // Whether a move found nothing to do but to wait, or a client waited in vain, is up to the machine.
  return [...outcomes]
    .filter((outcome) => !/: (aborted|in transition|REFRESH_FAILED|REFRESH_OVERTAKEN)$/.test(outcome))
    .sort();
}

async function checkOne<Manager extends MovableManager>(
  seed: number,
  secrets: MovableSecrets<Manager>,
  pool: ProcessPool<Manager>,
  outcomes: Set<string>,
): Promise<void> {
  const { managers } = secrets;
  const random = new SeededRandom(seed);
  const randomOf = (index: number) => new SeededRandom(-(seed * 8 + index));
  const prefix = `history/${seed}/`;
  const names = [`${prefix}one`, ...[`${prefix}two`, `${prefix}three`].slice(0, random.below(3))] as const;
  const start = (selected: string, index: number, isMortal = true) =>
    new RestartingManager({ pool, managers, selected, random: randomOf(index), isMortal });
  const clients = [start(managers[0], 0), start(managers[1], 1), start(random.of(managers), 2)] as const;
  const movers = [start(random.of(managers), 3), start(random.of(managers), 4)];
  const readers = [start(managers[0], 5, false), start(managers[1], 6, false)] as const;
  const histories = await runRandomHistory({
    seed,
    names,
    versions: false,
    // Two clients may share a process.
    managers: [...clients, ...(random.below(2) === 0 ? [] : [random.of(clients)])],
    beside: movers.map((manager, index) => {
      const onOutcome = (outcome: string) => outcomes.add(outcome);
      const mover = new SecretMover({ secrets, manager, prefix, random: randomOf(7 + index), onOutcome });
      return (isOver) => mover.run(isOver);
    }),
    readers,
  });
  for (const answer of answersOf(seed, histories)) outcomes.add(answer);
  await pool.sweep();
  await checkEnd(secrets, readers, names).catch((error: Error) => {
    throw new Error(`Seed ${seed}, in the end. ${error.message}`, { cause: error });
  });
  for (const manager of [...clients, ...movers, ...readers]) await manager.end();
}

/** Whether all readers see the same in every way, and deletions leave nothing. */
async function checkEnd<Manager extends MovableManager>(
  secrets: MovableSecrets<Manager>,
  readers: readonly RestartingManager<Manager>[],
  names: readonly string[],
): Promise<void> {
  for (const [index, name] of names.entries()) {
    const first = await agreement(readers, name);
    const wasThere = await readers[index % readers.length]?.delete(name);
    if (wasThere !== first) throw new Error(`The deletion of ${name} gave ${wasThere}.`);
    if ((await secrets.names()).includes(name)) throw new Error(`Something is left of ${name}.`);
  }
}

/** Whether a secret exists, when all readers agree: a process that starts completes every stale transition. */
async function agreement<Manager extends MovableManager>(
  readers: readonly RestartingManager<Manager>[],
  name: string,
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const looks = await Promise.all(readers.map((reader) => reader.call((manager) => look(manager, name))));
    const [first, ...others] = looks.flat();
    if (first !== undefined && others.every((other) => other === first)) return first;
    if (attempt === MOST_LOOKS) {
      throw new Error(`Whether there is ${name}, the readers do not agree: ${JSON.stringify(looks)}.`);
    }
    await nextTurn();
  }
}

/** Whether a secret exists, as each reading call reports it. */
async function look(manager: MovableManager, name: string): Promise<boolean[]> {
  const listed = await Array.fromAsync(manager.list({ prefix: name }), (info) => info.name);
  return [
    (await manager.get(name)) !== undefined,
    (await manager.getMany([name])).get(name)?.status === "found",
    await manager.has(name),
    listed.includes(name),
  ];
}
