/** Lets one task a name run at a time within the process, in the order of arrival. */
export class NameQueue {
  readonly #tails = new Map<string, Promise<unknown>>();

  async run<Result>(name: string, task: () => Promise<Result>): Promise<Result> {
    const previous = this.#tails.get(name) ?? Promise.resolve();
    const current = previous.then(task, task);
    this.#tails.set(name, current);
    try {
      return await current;
    } finally {
      if (this.#tails.get(name) === current) this.#tails.delete(name);
    }
  }
}
