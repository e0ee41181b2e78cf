import type { Intercept, Step } from "@archestra/test-harness/intercepted-plugin";

/** A process that is held before one of its steps, for as long as the test likes. */
export class HeldProcess {
  /** What it called while it was counted. */
  readonly steps: Step[] = [];
  readonly #transitionIds = new Set<string>();
  #isThere: ((step: Step, index: number) => boolean) | undefined;
  #isHeld = false;
  #tellHeld: () => void = () => {};
  #tellWaiting: () => void = () => {};
  #released: Promise<void> = Promise.resolve();
  #release: () => void = () => {};

  /**
   * Holds the process before the first step for which this is so.
   *
   * @param isThere is asked for each step from now on, counted from 0
   * @returns resolves when it is held there, or finds the secret in a transition of another process
   */
  hold(isThere: (step: Step, index: number) => boolean): Promise<void> {
    this.steps.length = 0;
    this.#isThere = isThere;
    this.#released = new Promise((resolve) => {
      this.#release = resolve;
    });
    return Promise.race([
      new Promise<void>((resolve) => {
        this.#tellHeld = resolve;
      }),
      this.#waiting(),
    ]);
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /**
   * Lets it go on.
   *
   * @returns resolves when it then finds the secret in a transition of another process
   */
  release(): Promise<void> {
    const waiting = this.#waiting();
    this.#isThere = undefined;
    this.#isHeld = false;
    this.#release();
    return waiting;
  }

  readonly intercept: Intercept = async (step, run) => {
    const isHere = !this.#isHeld && this.#isThere?.(step, this.steps.length) === true;
    this.steps.push(step);
    for (const argument of step.args) {
      const id = transitionIdOf(argument);
      if (id !== undefined) this.#transitionIds.add(id);
    }
    if (isHere) {
      this.#isHeld = true;
      this.#tellHeld();
      await this.#released;
    }
    const result = await run();
    const id = transitionIdOf(result);
    if (id !== undefined && !this.#transitionIds.has(id)) this.#tellWaiting();
    return result;
  };

  #waiting(): Promise<void> {
    return new Promise((resolve) => {
      this.#tellWaiting = resolve;
    });
  }
}

/** The transition of an entry. */
function transitionIdOf(row: unknown): string | undefined {
  const { transitionId } = (row ?? {}) as { readonly transitionId?: unknown };
  return typeof transitionId === "string" ? transitionId : undefined;
}
