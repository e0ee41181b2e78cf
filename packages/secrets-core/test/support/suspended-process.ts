import type { Intercept, Step } from "@archestra/test-harness/intercepted-plugin";

/** A process that is suspended before one of its steps until the test resumes it. */
export class SuspendedProcess {
  /** The steps since the last `suspendAt()`. */
  readonly steps: Step[] = [];
  readonly #transitionIds = new Set<string>();
  #isThere: ((step: Step, index: number) => boolean) | undefined;
  #isSuspended = false;
  #resolveSuspended: () => void = () => {};
  #resolveWaiting: () => void = () => {};
  #resumed: Promise<void> = Promise.resolve();
  #resume: () => void = () => {};

  /**
   * Suspends the process before the first step that meets the condition.
   *
   * @param isThere is called for each step from now on, counted from 0
   * @returns resolves when it is suspended there, or finds the secret in a transition of another process
   */
  suspendAt(isThere: (step: Step, index: number) => boolean): Promise<void> {
    this.steps.length = 0;
    this.#isThere = isThere;
    this.#resumed = new Promise((resolve) => {
      this.#resume = resolve;
    });
    return Promise.race([
      new Promise<void>((resolve) => {
        this.#resolveSuspended = resolve;
      }),
      this.#waiting(),
    ]);
  }

  get isSuspended(): boolean {
    return this.#isSuspended;
  }

  /**
   * Resumes the process.
   *
   * @returns resolves when it then finds the secret in a transition of another process
   */
  resume(): Promise<void> {
    const waiting = this.#waiting();
    this.#isThere = undefined;
    this.#isSuspended = false;
    this.#resume();
    return waiting;
  }

  readonly intercept: Intercept = async (step, run) => {
    const isHere = !this.#isSuspended && this.#isThere?.(step, this.steps.length) === true;
    this.steps.push(step);
    for (const argument of step.args) {
      const id = transitionIdOf(argument);
      if (id !== undefined) this.#transitionIds.add(id);
    }
    if (isHere) {
      this.#isSuspended = true;
      this.#resolveSuspended();
      await this.#resumed;
    }
    const result = await run();
    const id = transitionIdOf(result);
    if (id !== undefined && !this.#transitionIds.has(id)) this.#resolveWaiting();
    return result;
  };

  #waiting(): Promise<void> {
    return new Promise((resolve) => {
      this.#resolveWaiting = resolve;
    });
  }
}

/** The transition of an entry. */
function transitionIdOf(row: unknown): string | undefined {
  const { transitionId } = (row ?? {}) as { readonly transitionId?: unknown };
  return typeof transitionId === "string" ? transitionId : undefined;
}
