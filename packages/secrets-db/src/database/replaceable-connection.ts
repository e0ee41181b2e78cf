import type { DatabaseConnection } from "kysely";

/** A connection of a pool of ours, which a new one can replace. An application's own are for the application to replace. */
export interface ReplaceableConnection extends DatabaseConnection {
  /** Asks the server to end the statement in progress, which then fails, unless it is done. */
  cancel(): void;
  /** Breaks it off. What is in progress on it fails. */
  destroy(): void;
  /**
   * Replaces every connection of its pool, when none of them has answered since then. Statements in progress go on.
   *
   * @param time as `performance.now()` has it
   */
  replaceWhenSilentSince(time: number): void;
  /** Replaces every connection of its pool, as for a server that takes no writes any more. */
  replaceAll(): void;
}

export function isReplaceable(connection: DatabaseConnection): connection is ReplaceableConnection {
  return "replaceAll" in connection;
}
