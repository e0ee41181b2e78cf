import type { SecretValue, SecretVersion } from "../secret/secret.ts";
import type { CallContext, ListRange, StoredInfo, StoredSecret } from "./backend.ts";

/**
 * The state of an entry. `active`: no transition is in progress. The others say which transition is: `creating` a secret
 * at its owner, `adopting` one that the owner already holds, `locked` for a check or a repair, `moving` to the manager of
 * the copy, `refreshing` the value, `deleting`. In the states `creating` and `deleting`, the store itself returns no value.
 */
export type EntryState = "active" | "creating" | "adopting" | "locked" | "moving" | "refreshing" | "deleting";

/**
 * The other manager that holds a copy of the secret, or may hold one: the target during a move, and the former owner
 * afterwards, until the move is finalized. A deletion removes the copy too, and a copy is never adopted as a secret.
 */
export interface SecretCopy {
  /** The id of the manager that holds the copy. */
  readonly manager: string;
  /** The version of the copy, as that manager returned it. Absent: unknown, or that manager has no versions. */
  readonly version?: SecretVersion;
  /** Where that manager stores the copy, as in `OwnershipEntry.path`. */
  readonly path?: string;
}

/** One row of the ownership table: which manager owns the secret of this name. There is one entry for each name. */
export interface OwnershipEntry {
  /** The name of the secret. */
  readonly name: string;
  /** The id of the owner, such as `VAULT`. */
  readonly manager: string;
  /** The state of the entry. */
  readonly state: EntryState;
  /** Identifies the transition in progress. Absent: the entry is `active`. */
  readonly transitionId?: string;
  /** How long ago the transition began, in milliseconds by the store's clock. Absent when `transitionId` is. */
  readonly transitionAge?: number;
  /** Where the owner stores the value. It is compared with the path that the settings give, and never used. Absent: the owner has no paths. */
  readonly path?: string;
  /** Absent: no other manager holds a copy. */
  readonly copy?: SecretCopy;
}

/** What `read` returns: the entry, and the secret itself when the ownership store owns it. */
export interface FoundEntry extends OwnershipEntry {
  /** Absent: another manager owns it, or the entry is in the state `creating` or `deleting`. */
  readonly secret?: StoredSecret;
}

/** The answer for one name of `readMany`. */
export type EntryResult =
  | { readonly status: "found"; readonly entry: FoundEntry }
  | { readonly status: "absent" }
  | { readonly status: "failed"; readonly error: unknown };

/** What `list` returns: the entry, and the information about a secret that the ownership store owns. */
export interface ListedEntry extends OwnershipEntry {
  /** The secret without its value. Absent: another manager owns it. */
  readonly info?: StoredInfo;
}

/** The new content of an entry. What is left out is cleared. */
export type EntryChange = Pick<OwnershipEntry, "manager" | "state"> &
  Partial<Pick<OwnershipEntry, "transitionId" | "path" | "copy">>;

/** The content that an entry must still have for a change to happen. */
export type ExpectedEntry = Omit<OwnershipEntry, "transitionAge">;

/**
 * The store of the ownership table. Every change is a compare-and-swap on the entry as it was read, its transition id
 * included: of two processes, one succeeds and the other receives `false`. The caller generates transition ids, and uses
 * none twice. When the answer to a change is lost, the store reads the entry back, or throws OUTCOME_UNKNOWN.
 */
export interface OwnershipStore {
  /**
   * Reads one entry without the secret, in one query. It also works for a secret that cannot be decrypted.
   *
   * @returns undefined when there is no entry
   */
  find(name: string, context: CallContext): Promise<OwnershipEntry | undefined>;

  /**
   * Reads one entry, and the secret when the store owns it, in one query.
   *
   * @returns undefined when there is no entry
   * @throws for a secret that the store owns, the same errors as `get` of the backend
   */
  read(name: string, context: CallContext): Promise<FoundEntry | undefined>;

  /** Reads several entries as `read` does. Every name must be a key of the result. */
  readMany(names: readonly string[], context: CallContext): Promise<ReadonlyMap<string, EntryResult>>;

  /**
   * Inserts an entry, if there is none of this name.
   *
   * @returns whether this call inserted it
   */
  claim(name: string, change: EntryChange, context: CallContext): Promise<boolean>;

  /**
   * Replaces an entry that is still as expected.
   *
   * With a `value`, the store also stores the value in the row, under a version that the row never had, and has read it
   * back when the promise resolves. This is how a secret is moved here while another manager still owns it. Without a
   * `value`, a value in the row stays while the store is the owner or the manager of the copy, and is erased otherwise.
   *
   * @returns whether this call changed it
   */
  advance(
    expected: ExpectedEntry,
    change: EntryChange & { readonly value?: SecretValue },
    context: CallContext,
  ): Promise<boolean>;

  /**
   * Removes an entry that is still as expected, with the value in its row.
   *
   * @returns whether this call removed it
   */
  remove(expected: ExpectedEntry, context: CallContext): Promise<boolean>;

  /** Lists entries of every owner and state in the order of the bytes of their names in UTF-8. */
  list(range: ListRange, context: CallContext): AsyncIterable<ListedEntry>;

  /** Lists the entries with a transition in progress, in any order, without reading the others. */
  transitions(context: CallContext): AsyncIterable<OwnershipEntry>;

  /**
   * Counts entries by owner: the owner's id to the number of its entries in every state but `creating` and `deleting`.
   *
   * @param options `except`: an owner whose entries are neither counted nor read. Absent: all are counted
   */
  count(
    options: { readonly except?: string | undefined },
    context: CallContext,
  ): Promise<ReadonlyMap<string, number>>;
}

/** The content that is compared. Undefined is absent. */
type Compared = Pick<EntryChange, "manager" | "state"> & {
  readonly [Key in "transitionId" | "path" | "copy"]?: EntryChange[Key] | undefined;
};

/** Whether two entries of one name have the same content: nothing changed between two reads, or a change was made. */
export function isSameEntry(one: Compared, other: Compared): boolean {
  return (
    one.manager === other.manager &&
    one.state === other.state &&
    one.transitionId === other.transitionId &&
    one.path === other.path &&
    one.copy?.manager === other.copy?.manager &&
    one.copy?.version === other.copy?.version &&
    one.copy?.path === other.copy?.path
  );
}
