import type { SecretVersion } from "../secret/secret.ts";

import type { OperationContext } from "./operation-context.ts";
import type { StoredSecret } from "./stored-secret.ts";

/**
 * Where a secret stands between two steps of a change that touches both the table and an external manager.
 *
 * `pending`: being created, reads as absent. `active`: there. `moving`: being copied to another manager, read from the
 * owner. `deleting`: being deleted, reads as absent, and only ever goes on to be removed.
 */
export type ReferenceState = "pending" | "active" | "moving" | "deleting";

/** The copy that a move left behind, until `finalize`: deletion removes it too, and adoption never takes it for a secret. */
export interface SourceCopy {
  /** The manager that holds the copy. */
  readonly manager: string;
  /** The version under which the copy was fenced. Absent: that manager keeps none. */
  readonly version?: SecretVersion;
}

/** One row of the table: which manager owns the secret of this name. There is one row a name. */
export interface Reference {
  readonly name: string;
  /** The id of the owner, such as `VAULT`. */
  readonly manager: string;
  readonly state: ReferenceState;
  /** Identifies the change under way. Absent: the row is `active` and none is. */
  readonly operationId?: string;
  /** When the change under way began, by the store's clock. Absent as `operationId` is. */
  readonly operationStartedAt?: Date;
  /** Where the owner keeps the value, for comparison with the path derived from the settings; never followed. */
  readonly path?: string;
  /** Absent: the secret was never moved, or its move is finalized. */
  readonly source?: SourceCopy;
}

/** What `find` gives: the row, and the secret itself when the store that holds the table also owns it. */
export interface FoundReference extends Reference {
  readonly secret?: StoredSecret;
}

/** What a change leaves in the row. */
export type ReferenceChange = Pick<Reference, "manager" | "state"> &
  Partial<Pick<Reference, "operationId" | "path" | "source">>;

/**
 * The table of owners. Every change is a compare-and-swap on the operation id, so that of two processes one wins and the
 * other is told. Operation ids are made by the caller and never used twice.
 */
export interface ReferenceStore {
  /**
   * Reads one row, in one query.
   *
   * @returns undefined when there is no row
   */
  find(name: string, context: OperationContext): Promise<FoundReference | undefined>;

  /**
   * Inserts a row, when there is none of this name.
   *
   * @returns whether this call inserted it
   */
  claim(name: string, change: ReferenceChange, context: OperationContext): Promise<boolean>;

  /**
   * Replaces a row whose operation id is still the expected one. What `change` leaves out is cleared.
   *
   * @param expectedOperationId undefined: only a row without a change under way
   * @returns whether this call changed it
   */
  advance(
    name: string,
    expectedOperationId: string | undefined,
    change: ReferenceChange,
    context: OperationContext,
  ): Promise<boolean>;

  /**
   * Removes a row whose operation id is still the expected one.
   *
   * @returns whether this call removed it
   */
  remove(name: string, expectedOperationId: string | undefined, context: OperationContext): Promise<boolean>;

  /** Lists rows of every owner and state in the order of the bytes of their names in UTF-8. */
  list(
    range: {
      readonly prefix: string;
      readonly after?: string | undefined;
      readonly limit?: number | undefined;
    },
    context: OperationContext,
  ): AsyncIterable<Reference>;

  /** Counts rows by owner: the owner's id to the number of rows that are `active` or `moving`. */
  count(context: OperationContext): Promise<ReadonlyMap<string, number>>;
}
