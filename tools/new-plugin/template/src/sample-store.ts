import { setImmediate as nextTurn } from "node:timers/promises";

/** The content of the store under a name. */
export interface StoredText {
  readonly text: string;
  /** Chosen by the client that wrote the text, so that the client recognizes its own write. */
  readonly version: string;
}

/**
 * What goes wrong with a request, for tests. A number: the store refuses with this status. `silence`: it does not respond.
 * `lost-request`: the connection is lost before the store receives the request. `lost-answer`: it is lost afterwards.
 * `hanging-answer`: the store makes the change, and its response never arrives.
 */
export type StoreFault = number | "silence" | "lost-request" | "lost-answer" | "hanging-answer";

/** The condition of a change. It throws when the current entry is not as expected. */
type Condition = (current: StoredText | undefined) => void;

/**
 * A placeholder for the client library of your store: replace it. It keeps everything in memory, and answers as a store behind
 * a network does: later, or not at all. Several backends can share one, as they share a server.
 */
export class SampleStore {
  /** What goes wrong with the requests, and whether with all of them or with the next one. Undefined: nothing. */
  fault: { readonly kind: StoreFault; readonly isLasting: boolean } | undefined;
  readonly #texts = new Map<string, StoredText>();

  read(name: string, token: string, signal: AbortSignal): Promise<StoredText | undefined> {
    return this.#request(token, signal, false, () => this.#texts.get(name));
  }

  /** Stores an entry, if the condition is met. The store evaluates the condition in the same step. */
  write(
    name: string,
    stored: StoredText,
    condition: Condition,
    token: string,
    signal: AbortSignal,
  ): Promise<void> {
    return this.#request(token, signal, true, () => {
      condition(this.#texts.get(name));
      this.#texts.set(name, stored);
    });
  }

  remove(name: string, condition: Condition, token: string, signal: AbortSignal): Promise<boolean> {
    return this.#request(token, signal, true, () => {
      condition(this.#texts.get(name));
      return this.#texts.delete(name);
    });
  }

  /** All entries, in no defined order. */
  entries(token: string, signal: AbortSignal): Promise<[name: string, stored: StoredText][]> {
    return this.#request(token, signal, false, () => [...this.#texts]);
  }

  /** Bypasses the backend, for tests. */
  peek(name: string): string | undefined {
    return this.#texts.get(name)?.text;
  }

  /** Bypasses the backend, for tests. */
  put(name: string, stored: StoredText): void {
    this.#texts.set(name, stored);
  }

  async #request<Answer>(
    token: string,
    signal: AbortSignal,
    isChange: boolean,
    execute: () => Answer,
  ): Promise<Answer> {
    signal.throwIfAborted();
    await nextTurn(); // The request is on its way.
    const fault = this.#nextFault(isChange);
    if (token === "") throw new StoreError(401);
    if (typeof fault === "number") throw new StoreError(fault);
    if (fault === "silence") return aborted(signal);
    if (fault === "lost-request") throw new ConnectionLost();
    const answer = execute();
    if (fault === "hanging-answer") return aborted(signal);
    if (fault === "lost-answer") throw new ConnectionLost();
    await nextTurn(); // The response is on its way.
    return answer;
  }

  #nextFault(isChange: boolean): StoreFault | undefined {
    const { fault } = this;
    if (fault === undefined || (fault.kind === "hanging-answer" && !isChange)) return undefined;
    if (!fault.isLasting) this.fault = undefined;
    return fault.kind;
  }
}

/** The error of the client when the store refuses: nothing was changed. */
export class StoreError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`The store answered ${status}.`);
    this.status = status;
  }
}

/** The error of the client when the connection is lost: the store may have executed the request. */
export class ConnectionLost extends Error {}

/** Waits for the end of the call. The connection is closed then. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = () => reject(new ConnectionLost());
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}
