/** Lets the calls of one name take turns within the process, in the order of arrival. */
export class NameQueue {
  readonly #tails = new Map<string, Promise<void>>();

  /**
   * Begins a call at once and hands it its turn to wait for, so that it can give up before. The turn ends with the call.
   */
  async run<Result>(name: string, call: (turn: Promise<void>) => Promise<Result>): Promise<Result> {
    const turn = this.#tails.get(name) ?? Promise.resolve();
    const running = call(turn);
    const tail = Promise.allSettled([turn, running]).then(() => {
      if (this.#tails.get(name) === tail) this.#tails.delete(name);
    });
    this.#tails.set(name, tail);
    return running;
  }
}
