import { HistoryClient, type HistoryManager } from "./history-client.ts";
import { HistoryRecorder } from "./history-recorder.ts";
import { explainNonLinearizable } from "./linearizability.ts";
import { type Answer, describeHistory, type RecordedOperation } from "./recorded-operation.ts";
import { SeededRandom } from "./seeded-random.ts";

const OPERATIONS_OF_A_CLIENT = 5;

/** What a random history is made of. */
export interface HistoryPlan {
  /** Chooses what is called, and when. What comes back, and what that leads to, is up to the store. */
  readonly seed: number;
  /** Unused names. */
  readonly names: readonly [string, ...string[]];
  /** One for each client; several clients may share one. */
  readonly managers: readonly HistoryManager[];
  /** Whether clients compare versions, as {@link HistoryClient} has it. @default true */
  readonly versions?: boolean;
  /** What happens while the clients call. */
  readonly beside?: readonly ((isOver: () => boolean) => Promise<void>)[];
  /** Read every name when all of this is over. @default the managers of the clients */
  readonly readers?: readonly HistoryManager[];
}

/**
 * Lets clients call at random on the same few names, all at once, and reads every name in the end.
 *
 * @returns what each saw of each name
 * @throws Error with the seed when a call, or what happens beside, fails otherwise than calls may
 */
export async function runRandomHistory(plan: HistoryPlan): Promise<Map<string, RecordedOperation[]>> {
  const { seed, names, managers, versions, beside = [], readers } = plan;
  const history = new HistoryRecorder(names);
  const as = (role: string) => (manager: HistoryManager, index: number) => {
    const random = new SeededRandom(seed * 8 + index);
    return new HistoryClient({ client: `${role} ${index}`, manager, history, random, versions });
  };
  const clients = managers.map(as("client"));
  let isOver = false;
  const calling = Promise.all(clients.map((client) => client.run(OPERATIONS_OF_A_CLIENT))).finally(() => {
    isOver = true;
  });
  try {
    await Promise.all([calling, ...beside.map((run) => run(() => isOver))]);
    await Promise.all((readers?.map(as("reader")) ?? clients).map((client) => client.readAll()));
  } catch (error) {
    throw new Error(`The random history of the seed ${seed} failed.`, { cause: error });
  }
  const [overlap] = history.overlaps;
  if (overlap !== undefined) {
    const lines = describeHistory(history.operations.get(overlap) ?? []);
    throw new Error(
      [`Seed ${seed}, name ${overlap}. Two functions of refresh ran at the same time:`, ...lines].join("\n"),
    );
  }
  return history.operations;
}

/**
 * Checks what the clients of one history saw.
 *
 * @returns which answers each call had, in the form of {@link everyAnswer}
 * @throws Error with the seed and the operations when it is not linearizable
 */
export function answersOf(
  seed: number,
  histories: ReadonlyMap<string, readonly RecordedOperation[]>,
): string[] {
  return [...histories].flatMap(([name, operations]) => {
    const problem = explainNonLinearizable(operations);
    if (problem !== undefined) throw new Error(`Seed ${seed}, name ${name}. ${problem}`);
    return operations.map(({ asked, answer }) => `${asked.call}: ${summarize(answer)}`);
  });
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
  "refresh: EXCHANGE_FAILED",
  "refresh: NOT_FOUND",
  "refresh: found",
  "refresh: refreshed",
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
    const histories = await runRandomHistory({ seed, names, managers });
    for (const answer of answersOf(seed, histories)) answers.add(answer);
  }
  // Whether a call meets the pause after a failed exchange, or joins one that is overtaken, is up to the machine.
  return [...answers]
    .filter((answer) => !/^refresh: (REFRESH_FAILED|REFRESH_OVERTAKEN|NO_VERSION)$/.test(answer))
    .sort();
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
    case "nothing":
      return answer.code;
    default:
      return answer.is;
  }
}
