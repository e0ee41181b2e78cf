import type { SecretValue, SecretVersion } from "../secret/secret.ts";
import type { ListRange } from "./backend.ts";
import type { OperationContext } from "./operation-context.ts";
import type { StoredInfo, StoredSecret } from "./stored-secret.ts";

/**
 * Where a secret stands between two steps of a change that touches both the table and an external manager.
 *
 * `pending`: being created; the store itself gives nothing, and a reader asks the owner. `active`: there. `moving`: held
 * fast while it is copied to another manager or a copy is removed; read from the owner, and writers wait. `deleting`: being
 * deleted, reads as absent.
 */
export type ReferenceState = "pending" | "active" | "moving" | "deleting";

/**
 * The other manager that holds a copy of the secret, or may hold one: the target while the secret moves, the former owner
 * afterwards, until the move is finalized. Deletion removes it too, and adoption never takes it for a secret.
 */
export interface SecretCopy {
  /** The id of the manager that holds the copy. */
  readonly manager: string;
  /** The version of the copy, as that manager tells it. Absent: not known, or that manager keeps none. */
  readonly version?: SecretVersion;
  /** Where that manager keeps the copy, as `Reference.path`. */
  readonly path?: string;
}

/** One row of the table: which manager owns the secret of this name. There is one row a name. */
export interface Reference {
  readonly name: string;
  /** The id of the owner, such as `VAULT`. */
  readonly manager: string;
  readonly state: ReferenceState;
  /** Identifies the change under way. Absent: the row is `active` and none is. */
  readonly operationId?: string;
  /** How long ago the change under way began, in milliseconds by the store's clock. Absent as `operationId` is. */
  readonly operationAge?: number;
  /** Where the owner keeps the value, for comparison with the path derived from the settings; never followed. Absent: the owner tells no paths. */
  readonly path?: string;
  /** Absent: no other manager holds one. */
  readonly copy?: SecretCopy;
}

/** What `read` gives: the row, and the secret itself when the store that keeps the table also owns it. */
export interface FoundReference extends Reference {
  /** Absent: another manager holds it, or the row reads as absent. */
  readonly secret?: StoredSecret;
}

/** The answer for one name of `readMany`. */
export type ReferenceResult =
  | { readonly status: "found"; readonly reference: FoundReference }
  | { readonly status: "absent" }
  | { readonly status: "failed"; readonly error: unknown };

/** What `list` gives: the row, and what the store knows of a secret that it owns itself. */
export interface ListedReference extends Reference {
  readonly info?: StoredInfo;
}

/** What a change leaves in the row. What is left out is cleared. */
export type ReferenceChange = Pick<Reference, "manager" | "state"> &
  Partial<Pick<Reference, "operationId" | "path" | "copy">>;

/** What a row must still be for a change of it to happen. */
export type ReferenceExpectation = Omit<Reference, "operationAge">;

/**
 * The table of owners. Every change is a compare-and-swap on the row as it was read, its operation id included, so that of
 * two processes one wins and the other is told. Operation ids are made by the caller and never used twice. A change whose
 * answer was lost is resolved by reading the row back, or OUTCOME_UNKNOWN.
 */
export interface ReferenceStore {
  /**
   * Reads one row without the secret, in one query; also the row of a secret that cannot be opened.
   *
   * @returns undefined when there is no row
   */
  find(name: string, context: OperationContext): Promise<Reference | undefined>;

  /**
   * Reads one row, and the secret when the store owns it, in one query.
   *
   * @returns undefined when there is no row
   * @throws what the `get` of the backend throws for a secret of its own
   */
  read(name: string, context: OperationContext): Promise<FoundReference | undefined>;

  /** Reads several as `read` does; every name must be a key of the answer. */
  readMany(
    names: readonly string[],
    context: OperationContext,
  ): Promise<ReadonlyMap<string, ReferenceResult>>;

  /**
   * Inserts a row, when there is none of this name.
   *
   * @returns whether this call inserted it
   */
  claim(name: string, change: ReferenceChange, context: OperationContext): Promise<boolean>;

  /**
   * Replaces a row that is still as expected.
   *
   * With a `value`, the store also keeps it in the row, as a secret of its own with a version that the row never had, and
   * has read it back when the promise resolves: so a secret is moved here while another manager still owns it. Without
   * one, a value in the row stays as long as the store itself is the owner or the manager of the copy, and goes otherwise.
   *
   * @returns whether this call changed it
   */
  advance(
    expected: ReferenceExpectation,
    change: ReferenceChange & { readonly value?: SecretValue },
    context: OperationContext,
  ): Promise<boolean>;

  /**
   * Removes a row that is still as expected, with the value in it.
   *
   * @returns whether this call removed it
   */
  remove(expected: ReferenceExpectation, context: OperationContext): Promise<boolean>;

  /** Lists rows of every owner and state in the order of the bytes of their names in UTF-8. */
  list(range: ListRange, context: OperationContext): AsyncIterable<ListedReference>;

  /** Lists the rows with a change under way, in any order, without walking the others. */
  transitions(context: OperationContext): AsyncIterable<Reference>;

  /**
   * Counts rows by owner: the owner's id to the number of rows that are `active` or `moving`.
   *
   * @param options `except`: an owner whose rows are not counted, nor walked. Absent: all are counted
   */
  count(
    options: { readonly except?: string | undefined },
    context: OperationContext,
  ): Promise<ReadonlyMap<string, number>>;
}
