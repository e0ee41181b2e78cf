import { HistoryClient, type HistoryManager } from "./history-client.ts";
import { HistoryRecorder } from "./history-recorder.ts";
import { explainNonLinearizable } from "./linearizability.ts";
import type { Answer, RecordedOperation } from "./recorded-operation.ts";
import { SeededRandom } from "./seeded-random.ts";

const OPERATIONS_OF_A_CLIENT = 5;

/** What a random history is made of. */
export interface HistoryPlan {
  /** Chooses what is called, and when. What comes back, and what that leads to, is up to the store. */
  readonly seed: number;
  /** Names that nobody has used. */
  readonly names: readonly [string, ...string[]];
  /** One for each client; several clients may share one. */
  readonly managers: readonly HistoryManager[];
}

/**
 * Lets clients call at random on the same few names, all at once, and each reads every name in the end.
 *
 * @returns what each saw of each name
 */
export async function runRandomHistory(plan: HistoryPlan): Promise<Map<string, RecordedOperation[]>> {
  const history = new HistoryRecorder(plan.names);
  const clients = plan.managers.map(
    (manager, index) =>
      new HistoryClient(`client ${index}`, manager, history, new SeededRandom(plan.seed * 8 + index)),
  );
  await Promise.all(clients.map((client) => client.run(OPERATIONS_OF_A_CLIENT)));
  await Promise.all(clients.map((client) => client.readAll()));
  return history.operations;
}

/** Every answer that the calls have on a store that is up: a run that lacks one was too short to be worth much. */
export const everyAnswer: readonly string[] = [
  "create: ALREADY_EXISTS",
  "create: written",
  "delete: CONFLICT",
  "delete: false",
  "delete: true",
  "get: absent",
  "get: found",
  "has: false",
  "has: true",
  "set: written",
  "update: CONFLICT",
  "update: NOT_FOUND",
  "update: written",
  "updateBy: CONFLICT",
  "updateBy: NOT_FOUND",
  "updateBy: written",
];

/** How many histories, and on what. */
export interface HistoriesPlan {
  readonly runs: number;
  /** The seed of the first; each further one has the next. @default another one each time */
  readonly firstSeed?: number | undefined;
  /** The managers for the clients of the history of this seed to choose from. */
  managersOf(seed: number): readonly [HistoryManager, ...HistoryManager[]];
}

/**
 * Runs random histories of three or four clients on one or two names, one history after the other.
 *
 * @returns which answers each call had, in the form and the order of {@link everyAnswer}
 * @throws Error with the seed and the operations when one is not linearizable
 */
export async function checkRandomHistories(plan: HistoriesPlan): Promise<string[]> {
  const { runs, firstSeed = Math.floor(Math.random() * 2 ** 27) } = plan;
  const answers = new Set<string>();
  for (let run = 0; run < runs; run++) {
    const seed = firstSeed + run;
    const random = new SeededRandom(seed);
    const choices = plan.managersOf(seed);
    const managers = Array.from({ length: 3 + random.below(2) }, (_, index) =>
      // Every manager has a client before one has two.
      index < choices.length ? (choices[index] ?? choices[0]) : random.of(choices),
    );
    const names = random.of<HistoryPlan["names"]>([
      [`history/${seed}/one`],
      [`history/${seed}/one`, `history/${seed}/two`],
    ]);
    const histories = await runRandomHistory({ seed, names, managers }).catch((error: unknown) => {
      throw new Error(`The random history of the seed ${seed} failed.`, { cause: error });
    });
    for (const [name, operations] of histories) {
      const problem = explainNonLinearizable(operations);
      if (problem !== undefined) throw new Error(`Seed ${seed}, name ${name}. ${problem}`);
      for (const { asked, answer } of operations) {
        answers.add(`${asked.call}: ${summarize(answer)}`);
      }
    }
  }
  return [...answers].sort();
}

function summarize(answer: Answer): string {
  switch (answer.is) {
    case "read":
      return answer.secret === undefined ? "absent" : "found";
    case "deleted":
      return String(answer.existed);
    case "asked":
      return String(answer.exists);
    case "refused":
      return answer.code;
    default:
      return answer.is;
  }
}
