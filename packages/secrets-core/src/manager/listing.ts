import { setImmediate as nextTurn } from "node:timers/promises";
import type { SecretInfo } from "../secret/secret.ts";
import { isSecretName } from "../secret/secret-name.ts";
import { nextEntry } from "./next-entry.ts";
import type { Operation } from "./operation.ts";
import type { SecretStore } from "./secret-store.ts";

/** A backend in memory would otherwise keep the event loop, and the timer of the deadline, from everything else. */
const ENTRIES_IN_A_TURN = 500;

/** Which secrets are listed. */
export interface ListingRange {
  readonly prefix: string;
  readonly after: string | undefined;
  /** Infinity: all. */
  readonly limit: number;
}

/** One list of a store, without the entries whose names break the grammar. */
export class Listing {
  readonly #store: SecretStore;
  readonly #prefix: string;
  #left: number;
  /** The name behind which the current page begins, and the last one that the store gave. */
  #pageAfter: string | undefined;
  #last: string | undefined;
  #entries: AsyncIterator<SecretInfo> | undefined;
  #pageLimit: number | undefined;
  #received = 0;
  #isLastPage = false;

  constructor(store: SecretStore, { prefix, after, limit }: ListingRange) {
    this.#store = store;
    this.#prefix = prefix;
    this.#left = limit;
    this.#last = after;
  }

  /**
   * Finds the next secret. All that it takes is one step of the operation, however many entries are left out.
   *
   * @returns undefined at the end
   */
  async next(operation: Operation): Promise<SecretInfo | undefined> {
    let leftOut = 0;
    while (this.#left > 0) {
      this.#entries ??= this.#openPage(operation);
      if (this.#entries === undefined) return undefined;
      const { done, value } = await nextEntry(this.#entries, this.#pageAfter);
      operation.assertNotEnded();
      if (done) {
        this.#entries = undefined;
        this.#isLastPage = this.#pageLimit === undefined || this.#received < this.#pageLimit;
        continue;
      }
      this.#received++;
      this.#last = value.name;
      if (isSecretName(value.name)) {
        this.#left--;
        return value;
      }
      if (++leftOut % ENTRIES_IN_A_TURN === 0) await nextTurn();
    }
    return undefined;
  }

  /** Lets the backend clean up after a list that is not read to its end. */
  async end(): Promise<void> {
    await this.#entries?.return?.();
  }

  /** One page is enough unless entries that are left out took places of the limit. Undefined: there is no other. */
  #openPage(operation: Operation): AsyncIterator<SecretInfo> | undefined {
    if (this.#isLastPage) return undefined;
    this.#pageLimit = this.#left === Number.POSITIVE_INFINITY ? undefined : this.#left;
    this.#pageAfter = this.#last;
    this.#received = 0;
    return this.#store.list(
      { prefix: this.#prefix, after: this.#pageAfter, limit: this.#pageLimit },
      operation,
    );
  }
}
