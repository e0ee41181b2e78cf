/** Lets one change of a name at a time through, in the order in which they came. */
export class NameLocks {
  readonly #last = new Map<string, Promise<unknown>>();

  /**
   * Runs a change when those before it have ended.
   *
   * @throws the signal's reason when it aborts before the change began
   */
  async run<Result>(name: string, signal: AbortSignal, change: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(name);
    const turn = (async () => {
      if (before !== undefined) await before.catch(() => undefined);
      signal.throwIfAborted();
      return change();
    })();
    this.#last.set(name, turn);
    try {
      return await turn;
    } finally {
      if (this.#last.get(name) === turn) this.#last.delete(name);
    }
  }
}
