import { setImmediate as nextTurn } from "node:timers/promises";
import type { Intercept, Step } from "./intercepted-plugin.ts";
import { type Death, MortalProcess } from "./mortal-process.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** What a call gives whose process died: by its code, what a client knows of the call. */
export class ProcessDied extends Error {
  readonly code = "OUTCOME_UNKNOWN";
}

/** In turns of the event loop. Others move a secret meanwhile, and back. */
const LONGEST_PAUSE = 16;

/** Receives each step of a process that was executed. */
export type OnStep = (step: Step, result: unknown) => void;

/** One process of a history: its manager takes a random while for each step, and it may die in the middle of a call. */
export class HistoryProcess<Manager> {
  readonly #process = new MortalProcess();
  readonly #open: (intercept: Intercept) => Promise<Manager>;
  readonly #onStep: OnStep;
  readonly #carriedOut = new Set<Promise<unknown>>();
  readonly #callers = new Set<() => void>();
  #manager: Manager | undefined;
  #random: SeededRandom | undefined;
  #stepsInProgress = 0;

  constructor(open: (intercept: Intercept) => Promise<Manager>, onStep: OnStep) {
    this.#open = open;
    this.#onStep = onStep;
    this.#process.died.then(() => {
      for (const rejectCall of this.#callers) rejectCall();
    });
  }

  /** Starts it, when it does not run yet, for a history that decides how long its steps take. */
  async start(random: SeededRandom): Promise<void> {
    this.#random = random;
    this.#manager ??= await this.#open(this.#intercept);
  }

  /** @throws ProcessDied when it dies before the call ends */
  async call<Result>(run: (manager: Manager) => Promise<Result>): Promise<Result> {
    const manager = this.#manager;
    if (manager === undefined || this.isDead) throw new ProcessDied();
    return new Promise((resolve, reject) => {
      const rejectCall = () => reject(new ProcessDied());
      this.#callers.add(rejectCall);
      run(manager)
        .then(resolve, reject)
        .finally(() => this.#callers.delete(rejectCall));
    });
  }

  dieAt(death: Death | undefined): void {
    this.#process.dieAt(death);
  }

  get isDead(): boolean {
    return this.#process.isDead;
  }

  /** Whether it waits for nothing but a timer. */
  get isIdle(): boolean {
    return this.#stepsInProgress === 0;
  }

  /** The ids of the changes that it began in the ownership table. */
  get transitionIds(): ReadonlySet<string> {
    return this.#process.transitionIds;
  }

  /** Waits for what it had sent before it died, and gives what is left of it. */
  async remains(): Promise<Manager | undefined> {
    await Promise.allSettled(this.#carriedOut);
    return this.#manager;
  }

  readonly #intercept: Intercept = async (step, run) => {
    this.#stepsInProgress++;
    try {
      await this.#pause();
      const result = await this.#process.intercept(step, () => this.#carryOut(step, run));
      await this.#pause();
      return result;
    } finally {
      this.#stepsInProgress--;
    }
  };

  #carryOut(step: Step, run: () => Promise<unknown>): Promise<unknown> {
    const running = run();
    this.#carriedOut.add(running);
    return running
      .then((result) => {
        this.#onStep(step, result);
        return result;
      })
      .finally(() => this.#carriedOut.delete(running));
  }

  /** Mostly nothing, some microtasks, or until others have had their turn; now and then several turns. */
  async #pause(): Promise<void> {
    if (this.#random === undefined) return;
    const kind = this.#random.below(64);
    const turns = kind === 63 ? this.#random.below(LONGEST_PAUSE) : kind > 59 ? 1 : 0;
    const microtasks = kind > 59 || kind < 44 ? 0 : this.#random.below(6);
    for (let turn = 0; turn < turns; turn++) await nextTurn();
    for (let microtask = 0; microtask < microtasks; microtask++) await undefined;
  }
}
