/** A store as a server keeps it, with an API of its own: the "real server" of the samples. */
export class AcmeServer {
  /** The status of the next answer, or nothing for an ordinary one. */
  nextStatus: number | undefined;
  readonly #rows = new Map<string, { text: string; version: number }>();
  #changes = 0;

  /** Puts a text; `match` is the version that it must replace, 0 for none, and undefined for whichever. */
  async put(name: string, text: string, match?: number): Promise<number> {
    this.#answer();
    const version = this.#rows.get(name)?.version ?? 0;
    if (match !== undefined && match !== version) throw new AcmeError(version === 0 ? 404 : 412);
    this.#changes++;
    this.#rows.set(name, { text, version: this.#changes });
    return this.#changes;
  }

  async fetch(name: string): Promise<{ text: string; version: number } | undefined> {
    this.#answer();
    return this.#rows.get(name);
  }

  async remove(name: string, match?: number): Promise<boolean> {
    this.#answer();
    const version = this.#rows.get(name)?.version;
    if (version !== undefined && match !== undefined && match !== version) throw new AcmeError(412);
    return this.#rows.delete(name);
  }

  /** All names, in no defined order. */
  async names(): Promise<[name: string, version: number][]> {
    this.#answer();
    return Array.from(this.#rows, ([name, { version }]) => [name, version]);
  }

  #answer(): void {
    const status = this.nextStatus;
    this.nextStatus = undefined;
    if (status !== undefined) throw new AcmeError(status);
  }
}

/** What the client throws when the server refuses. */
export class AcmeError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`The server answered ${status}.`);
    this.status = status;
  }
}
