import { AsyncLocalStorage } from "node:async_hooks";

/** The turn of a case. */
interface Turn {
  readonly turns: Turns;
  isHeld: boolean;
  hasEnded: boolean;
}

const scope = new AsyncLocalStorage<Turn>();

/** Runs cases one at a time, except while one of them waits in `besideOtherCases`. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #isTaken = false;

  /** Runs a case when it is its turn. */
  async run<Result>(runCase: () => Promise<Result>): Promise<Result> {
    const turn: Turn = { turns: this, isHeld: false, hasEnded: false };
    await this.#take(turn, "last");
    try {
      return await scope.run(turn, runCase);
    } finally {
      turn.hasEnded = true;
      this.#end(turn);
    }
  }

  /** Lets other cases run while this one waits. The next turn is its own. */
  async pause(turn: Turn, wait: () => Promise<void>): Promise<void> {
    this.#end(turn);
    await wait();
    // A case that took too long has ended meanwhile.
    if (!turn.hasEnded) await this.#take(turn, "first");
  }

  async #take(turn: Turn, place: "first" | "last"): Promise<void> {
    if (this.#isTaken) {
      await new Promise<void>((resolve) => {
        if (place === "first") this.#waiting.unshift(resolve);
        else this.#waiting.push(resolve);
      });
    }
    this.#isTaken = true;
    turn.isHeld = true;
    if (turn.hasEnded) this.#end(turn);
  }

  #end(turn: Turn): void {
    if (!turn.isHeld) return;
    turn.isHeld = false;
    const next = this.#waiting.shift();
    if (next === undefined) this.#isTaken = false;
    // The turn passes on without an interval, in which another case could take it.
    else next();
  }
}

/** Waits while other cases run, if the suite runs cases beside this one. */
export async function besideOtherCases(wait: () => Promise<void>): Promise<void> {
  const turn = scope.getStore();
  await (turn === undefined ? wait() : turn.turns.pause(turn, wait));
}
