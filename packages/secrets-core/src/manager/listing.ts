import { setImmediate as nextTurn } from "node:timers/promises";
import type { RunningCall } from "../call/running-call.ts";
import type { SecretFolder, SecretInfo } from "../secret/secret.ts";
import { endOfFolder, folderBehind, isSecretName } from "../secret/secret-name.ts";
import { nextEntry, type SecretStore } from "../store/secret-store.ts";

/** A backend in memory would otherwise keep the event loop, and the timer of the deadline, from everything else. */
const ENTRIES_IN_A_TURN = 500;
/** A store that gives all names of a folder is asked for what is behind it when more than so many came. */
const NAMES_OF_A_FOLDER = 100;

/** Which secrets are listed. */
export interface ListingRange {
  readonly prefix: string;
  readonly after: string | undefined;
  /** Infinity: all. */
  readonly limit: number;
  readonly onlyNames: boolean;
  /** Whether one level is listed: names behind the prefix up to the next `/`. */
  readonly folders: boolean;
}

/** One list of a store, without the entries whose names break the grammar. */
export class Listing {
  readonly #store: SecretStore;
  readonly #range: ListingRange;
  #left: number;
  /** The name behind which the current page begins, and the last one that the store gave. */
  #pageAfter: string | undefined;
  #last: string | undefined;
  #entries: AsyncIterator<SecretInfo> | undefined;
  #pageLimit: number | undefined;
  #received = 0;
  #isLastPage = false;
  /** The folder that was given last, and how many names in it the store has given since. */
  #folder: string | undefined;
  #namesInFolder = 0;

  constructor(store: SecretStore, range: ListingRange) {
    const { after, folders, prefix, limit } = range;
    this.#store = store;
    this.#range = range;
    this.#left = limit;
    const folder = folders && after?.startsWith(prefix) ? folderBehind(prefix, after) : undefined;
    this.#last = folder === undefined ? after : endOfFolder(folder);
  }

  /**
   * Finds the next secret, or folder. All that it takes is one step of the operation, however many entries are left out.
   *
   * @returns undefined at the end
   */
  async next(call: RunningCall): Promise<SecretInfo | SecretFolder | undefined> {
    let leftOut = 0;
    while (this.#left > 0) {
      this.#entries ??= this.#openPage(call);
      if (this.#entries === undefined) return undefined;
      const { done, value } = await nextEntry(this.#entries, this.#pageAfter);
      call.assertNotEnded();
      if (done) {
        this.#entries = undefined;
        this.#isLastPage = this.#pageLimit === undefined || this.#received < this.#pageLimit;
        continue;
      }
      this.#received++;
      this.#last = value.name;
      const folder = this.#range.folders ? folderBehind(this.#range.prefix, value.name) : undefined;
      if (folder !== undefined && folder === this.#folder) {
        if (++this.#namesInFolder > NAMES_OF_A_FOLDER) await this.#leaveFolder();
      } else if (isSecretName(value.name === folder ? `${folder}a` : value.name)) {
        this.#left--;
        this.#folder = folder;
        this.#namesInFolder = 0;
        return folder === undefined ? value : Object.freeze({ name: folder, isFolder: true });
      }
      if (++leftOut % ENTRIES_IN_A_TURN === 0) await nextTurn();
    }
    return undefined;
  }

  /** Lets the backend clean up after a list that is not read to its end. */
  async end(): Promise<void> {
    await this.#entries?.return?.();
  }

  /** The next page begins behind the folder. */
  async #leaveFolder(): Promise<void> {
    const entries = this.#entries;
    this.#entries = undefined;
    await entries?.return?.();
  }

  /** One page is enough unless entries that are left out took places of the limit. Undefined: there is no other. */
  #openPage(call: RunningCall): AsyncIterator<SecretInfo> | undefined {
    if (this.#isLastPage) return undefined;
    const { prefix, onlyNames, folders } = this.#range;
    this.#pageLimit = this.#left === Number.POSITIVE_INFINITY ? undefined : this.#left;
    const isInFolder = this.#folder !== undefined && this.#last?.startsWith(this.#folder);
    this.#pageAfter = isInFolder ? endOfFolder(this.#folder as string) : this.#last;
    this.#received = 0;
    return this.#store.list(
      {
        prefix,
        after: this.#pageAfter,
        limit: this.#pageLimit,
        ...(onlyNames ? { onlyNames } : {}),
        ...(folders ? { oneLevel: true } : {}),
      },
      call,
    );
  }
}
