/** How far a move is. */
export interface MoveProgress {
  /**
   * `copy`: the source accepts changes, and every pass copies what the one before did not see. `final`: the source accepts
   * none. `verify`: both databases are compared.
   */
  readonly phase: "copy" | "final" | "verify";
  /** Counts passes over the table, from 1. */
  readonly pass: number;
  /** How many rows this pass has read. */
  readonly rows: number;
  /** How many of them it has copied. */
  readonly changed: number;
}

/** What a move did. */
export interface MoveReport {
  /** Rows of the table of secrets at the target: secrets, and ownership to secrets of other managers. */
  readonly rows: number;
  /** Encryption keys that are registered at the target. */
  readonly keys: number;
  /** How often the table was read to be copied. 0: an earlier call had ended the move. */
  readonly passes: number;
  /** Every row and every key of both databases was compared, and they were the same. The call fails when they were not. */
  readonly verified: true;
}
