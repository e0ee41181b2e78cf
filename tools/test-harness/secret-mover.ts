import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { type HistoryProcess, ProcessDied } from "./history-process.ts";
import type { MovableManager, MovableSecrets, MoveReport } from "./movable-secrets.ts";
import type { RestartingManager } from "./restarting-manager.ts";
import type { SeededRandom } from "./seeded-random.ts";

const MOST_CALLS = 6;
/** After this number of turns without a step, a call waits for an entry in transition. */
const IDLE_TURNS = 3;

/** What a mover is made of. */
export interface SecretMoverParts<Manager extends MovableManager> {
  readonly secrets: MovableSecrets<Manager>;
  readonly manager: RestartingManager<Manager>;
  /** What the names of its history begin with. */
  readonly prefix: string;
  readonly random: SeededRandom;
  /** Receives the outcome of each call. */
  readonly onOutcome: (outcome: string) => void;
}

/** Moves the secrets of one history to and fro while its clients call. */
export class SecretMover<Manager extends MovableManager> {
  readonly #parts: SecretMoverParts<Manager>;

  constructor(parts: SecretMoverParts<Manager>) {
    this.#parts = parts;
  }

  /** @throws Error when a secret could not be moved for a reason that clients and other movers do not explain */
  async run(isOver: () => boolean): Promise<void> {
    const { secrets, random, prefix } = this.#parts;
    for (let calls = random.below(MOST_CALLS + 1); calls > 0 && !isOver(); calls--) {
      for (let turns = random.below(3); turns > 0; turns--) await nextTurn();
      if (random.below(3) === 0) {
        await this.#call("finalize", "finalized", (manager, signal) =>
          secrets.finalize(manager, { prefix, signal }),
        );
      } else {
        const to = random.of(secrets.managers);
        await this.#call("migrate", `moved to ${to}`, (manager, signal) =>
          secrets.migrate(manager, { to, prefix, signal }),
        );
      }
    }
  }

  async #call(
    call: string,
    success: string,
    run: (manager: Manager, signal: AbortSignal) => Promise<MoveReport>,
  ): Promise<void> {
    const { manager, onOutcome, secrets } = this.#parts;
    try {
      const report = await manager.call((current, process) =>
        untilItWaits(process, secrets.idleMilliseconds, (signal) => run(current, signal)),
      );
      for (const { name, error } of report.failures) {
        if (!isExplained(error)) {
          throw new Error(`${call} failed for ${name}: ${error.message}`, { cause: error });
        }
      }
      if (report.done > 0) onOutcome(success);
    } catch (error) {
      if (error instanceof ProcessDied) onOutcome(`${call}: unknown`);
      else if (hasCode(error, "ABORTED")) onOutcome(`${call}: aborted`);
      else throw error;
    }
  }
}

/**
 * Ends a call as soon as it has nothing to do but to wait: for long, as histories go.
 *
 * @param idleMilliseconds how long is nothing to do. Undefined: a few turns of the event loop, where all is in memory
 */
async function untilItWaits<Result, Manager>(
  process: HistoryProcess<Manager>,
  idleMilliseconds: number | undefined,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  let isOver = false;
  const running = run(controller.signal).finally(() => {
    isOver = true;
  });
  // Whoever waits for the call is told; nobody may be, when the process has died.
  running.catch(() => undefined);
  const pause = () => (idleMilliseconds === undefined ? nextTurn() : sleep(idleMilliseconds / IDLE_TURNS));
  for (let idleTurns = 0; idleTurns < IDLE_TURNS && !isOver && !process.isDead; ) {
    await pause();
    idleTurns = process.isIdle ? idleTurns + 1 : 0;
  }
  if (!process.isDead) controller.abort();
  return running;
}

/** A secret that was at the target for a moment, between two of the same row: a real one would be left in the end. */
function isExplained(error: Error): boolean {
  return hasCode(error, "ALREADY_EXISTS") && "reason" in error && error.reason === "TARGET_OCCUPIED";
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
