import type { Logger } from "./logger.ts";

/** What the manager hands a backend with every call. */
export interface OperationContext {
  /**
   * Aborts when the caller gives up, when the manager closes, or when only the reserve is left before the deadline.
   *
   * A read stops and throws `signal.reason`. A write that has sent nothing yet does the same, and so promises that
   * nothing was changed. A write that was sent uses what is left until `deadline` to find out by reading back, and
   * throws OUTCOME_UNKNOWN when it cannot.
   */
  readonly signal: AbortSignal;
  /**
   * When the manager stops waiting, in milliseconds as `Date.now()` has them. It tells a caller whose write has not
   * settled by then OUTCOME_UNKNOWN. While a list is consumed it moves forward with each entry.
   */
  readonly deadline: number;
  /** Where warnings go. */
  readonly logger: Logger;
}
