import { channel } from "node:diagnostics_channel";
import type { SecretsErrorCode } from "../errors/error-codes.ts";

/** The outcome of a call. */
export type OperationOutcome = "success" | "CALLER_FAILED" | SecretsErrorCode;

/**
 * Describes one call on the channels `archestra.secrets.operation.start` and `archestra.secrets.operation.end` of
 * `node:diagnostics_channel`. Both receive the same object, so that a subscriber can match start and end. It never contains a
 * value; `tracePromise` would publish the result.
 *
 * @example
 * subscribe("archestra.secrets.operation.end", (event) => record(event as CallEvent));
 */
export interface CallEvent {
  /** The call, such as `get`. */
  readonly operation: string;
  /** The id of the manager. */
  readonly manager: string;
  /** The name of the secret. Absent: the call concerns no single secret. */
  readonly name?: string;
  /**
   * `success`, the error's code, or `CALLER_FAILED` when a function of the caller threw, such as the one passed to `update`. Absent at the start.
   */
  outcome?: OperationOutcome;
  /**
   * Of `refresh` that succeeded: `fresh`, the value was fresh; `waited`, another call obtained a new one; `refreshed`, this
   * call did. Absent otherwise.
   */
  refresh?: "fresh" | "waited" | "refreshed";
  /** The duration in milliseconds. Absent at the start. */
  duration?: number;
}

const startChannel = channel("archestra.secrets.operation.start");
const endChannel = channel("archestra.secrets.operation.end");

/** Publishes the start of a call. Undefined: there is no subscriber. */
export function publishStart(
  operation: string,
  manager: string,
  name: string | undefined,
): CallEvent | undefined {
  if (!startChannel.hasSubscribers && !endChannel.hasSubscribers) return undefined;
  const event: CallEvent = { operation, manager, ...(name === undefined ? {} : { name }) };
  startChannel.publish(event);
  return event;
}

/** Publishes the end of a call whose start was published. */
export function publishEnd(event: CallEvent, outcome: OperationOutcome, startedAt: number): void {
  event.outcome = outcome;
  event.duration = performance.now() - startedAt;
  endChannel.publish(event);
}
