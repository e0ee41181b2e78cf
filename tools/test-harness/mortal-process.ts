import type { Intercept, Step } from "./intercepted-plugin.ts";

/** When a process dies: at which of its steps, counted from 0, and whether that step is still carried out. */
export interface Death {
  readonly step: number;
  readonly isCarriedOut: boolean;
}

/**
 * Stands for a process that is killed between two steps: from its death on nothing that it calls happens any more, and
 * nothing comes back. Pass `intercept` to `interceptedPlugin` for each of its plugins.
 */
export class MortalProcess {
  /** Resolves when it dies. */
  readonly died: Promise<void>;
  /** What it called while it was counted. */
  readonly steps: Step[] = [];
  /** The ids of the changes that it began in the ownership table. */
  readonly transitionIds = new Set<string>();
  #death: Death | undefined;
  #isDead = false;
  #resolveDeath: () => void = () => {};

  constructor() {
    this.died = new Promise((resolve) => {
      this.#resolveDeath = resolve;
    });
  }

  /** Counts steps from now on. */
  dieAt(death: Death | undefined): void {
    this.#death = death;
    this.steps.length = 0;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  readonly intercept: Intercept = async (step, run) => {
    if (this.#isDead) return never();
    const isLast = this.#death?.step === this.steps.length;
    this.steps.push(step);
    this.#remember(step);
    if (isLast && this.#death?.isCarriedOut !== true) return this.#die();
    try {
      return await run();
    } finally {
      // Whatever came back, nobody hears of it.
      if (this.#isDead) await never();
      if (isLast) await this.#die();
    }
  };

  #die(): Promise<never> {
    this.#isDead = true;
    this.#resolveDeath();
    return never();
  }

  #remember({ args }: Step): void {
    for (const argument of args) {
      const { transitionId } = (argument ?? {}) as { readonly transitionId?: unknown };
      if (typeof transitionId === "string") this.transitionIds.add(transitionId);
    }
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
