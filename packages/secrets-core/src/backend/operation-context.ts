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
  /**
   * Whether a read value is about to be written to another store. A backend whose store keeps numbers that a JavaScript
   * number cannot hold throws INVALID_VALUE, reason NUMBER_NOT_EXACT, for such a value, instead of rounding it; see
   * `assertExactNumbers`. Only `get` of a backend and `read` of a table of owners are called with it. @default false
   */
  readonly exactNumbers?: boolean;
  /**
   * Whether the answer decides about a change, so that only the latest state will do. A backend whose reads can be served by
   * a node that lags behind has them answered by the node that leads. `has` decides in any case. @default false
   */
  readonly latest?: boolean;
  /** Where warnings go. */
  readonly logger: Logger;
}
