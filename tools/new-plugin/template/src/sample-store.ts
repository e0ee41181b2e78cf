/** The content of the store under a name. */
export interface StoredText {
  readonly text: string;
  readonly version: number;
}

/**
 * A placeholder for the client library of your store: replace it. It keeps everything in memory, and several backends
 * can share one, as they share a server.
 */
export class SampleStore {
  /** The status of the next answer, for tests. Undefined: an ordinary answer. */
  nextStatus: number | undefined;
  readonly #texts = new Map<string, StoredText>();
  #changes = 0;

  async read(name: string, token: string, signal: AbortSignal): Promise<StoredText | undefined> {
    this.#answer(token, signal);
    return this.#texts.get(name);
  }

  /** Writes a text. `isMet` throws when the current entry is not as expected; the check and the write are one step. */
  async write(
    name: string,
    text: string,
    isMet: (current: StoredText | undefined) => void,
    token: string,
    signal: AbortSignal,
  ): Promise<StoredText> {
    this.#answer(token, signal);
    isMet(this.#texts.get(name));
    return this.put(name, text);
  }

  async remove(
    name: string,
    isMet: (current: StoredText) => void,
    token: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    this.#answer(token, signal);
    const current = this.#texts.get(name);
    if (current !== undefined) isMet(current);
    return this.#texts.delete(name);
  }

  /** All entries, in no defined order. */
  async entries(token: string, signal: AbortSignal): Promise<[name: string, stored: StoredText][]> {
    this.#answer(token, signal);
    return [...this.#texts];
  }

  /** Bypasses the backend, for tests. */
  peek(name: string): string | undefined {
    return this.#texts.get(name)?.text;
  }

  /** Bypasses the backend, for tests. */
  put(name: string, text: string): StoredText {
    this.#changes++;
    const stored = { text, version: this.#changes };
    this.#texts.set(name, stored);
    return stored;
  }

  #answer(token: string, signal: AbortSignal): void {
    signal.throwIfAborted();
    const status = token === "" ? 401 : this.nextStatus;
    this.nextStatus = undefined;
    if (status !== undefined) throw new StoreError(status);
  }
}

/** The error of the client when the store refuses. */
export class StoreError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`The store answered ${status}.`);
    this.status = status;
  }
}
