/** Lets the calls for one name take turns within the process, in the order of arrival. */
export class NameQueue {
  readonly #tails = new Map<string, Promise<void>>();

  /**
   * Starts a call at once and passes it the promise of its turn, so that it can give up while it waits. The turn ends with
   * the call.
   *
   * @example
   * queue.run(name, async (turn) => {
   *   await turn;
   *   return write(name);
   * });
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
