import { setImmediate as nextTurn } from "node:timers/promises";
import type { RunningCall } from "../call/running-call.ts";
import type { SecretFolder, SecretInfo } from "../secret/secret.ts";
import { endOfFolder, folderBehind, isSecretName } from "../secret/secret-name.ts";
import { nextEntry, type SecretStore } from "../store/secret-store.ts";

/** A backend in memory would otherwise block the event loop, and the timer of the deadline. */
const BATCH_SIZE = 500;
/** After this many names of one folder, the next page starts after the folder. */
const MAXIMUM_FOLDER_NAMES = 100;

export interface ListingRange {
  readonly prefix: string;
  readonly after: string | undefined;
  /** Infinity: no limit. */
  readonly limit: number;
  readonly onlyNames: boolean;
  /** Whether to list a single level: names after the prefix up to the next `/`. */
  readonly folders: boolean;
}

/** Lists a store, without names that violate the grammar. */
export class Listing {
  readonly #store: SecretStore;
  readonly #range: ListingRange;
  #left: number;
  /** The name after which the current page starts, and the last name that the store returned. */
  #pageAfter: string | undefined;
  #last: string | undefined;
  #entries: AsyncIterator<SecretInfo> | undefined;
  #pageLimit: number | undefined;
  #received = 0;
  #isLastPage = false;
  /** The last folder, and the number of its names that the store has returned since. */
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
   * Returns the next secret or folder. However many entries it skips, it is one step of the call.
   *
   * @returns undefined at the end
   */
  async next(call: RunningCall): Promise<SecretInfo | SecretFolder | undefined> {
    let skipped = 0;
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
        if (++this.#namesInFolder > MAXIMUM_FOLDER_NAMES) await this.#leaveFolder();
      } else if (isSecretName(value.name === folder ? `${folder}a` : value.name)) {
        this.#left--;
        this.#folder = folder;
        this.#namesInFolder = 0;
        return folder === undefined ? value : Object.freeze({ name: folder, isFolder: true });
      }
      if (++skipped % BATCH_SIZE === 0) await nextTurn();
    }
    return undefined;
  }

  /** Lets the backend clean up after an unfinished list. */
  async end(): Promise<void> {
    await this.#entries?.return?.();
  }

  /** The next page starts after the folder. */
  async #leaveFolder(): Promise<void> {
    const entries = this.#entries;
    this.#entries = undefined;
    await entries?.return?.();
  }

  /** A further page is needed if skipped entries used up the limit. Undefined: there is none. */
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
