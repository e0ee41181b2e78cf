import { channel } from "node:diagnostics_channel";
import type { SecretsErrorCode } from "../errors/error-codes.ts";

/** How a call ended. */
export type OperationOutcome = "success" | "CALLER_FAILED" | SecretsErrorCode;

/**
 * One call, as published on the channels `archestra.secrets.operation.start` and `archestra.secrets.operation.end` of
 * `node:diagnostics_channel`. Both get the same object, so that a subscriber can tell which end belongs to which start.
 * It never carries a value, which is why `tracePromise`, which publishes the result, is not used.
 */
export interface CallEvent {
  /** The call, such as `get`. */
  readonly operation: string;
  /** The id of the manager. */
  readonly manager: string;
  /** The secret concerned. Absent: the call is not about one. */
  readonly name?: string;
  /**
   * How it ended: `success`, the error's code, or `CALLER_FAILED` when the function passed to `update` threw. Absent at
   * the start.
   */
  outcome?: OperationOutcome;
  /** How long it took, in milliseconds. Absent at the start. */
  duration?: number;
}

const startChannel = channel("archestra.secrets.operation.start");
const endChannel = channel("archestra.secrets.operation.end");

/** Publishes the start of a call when anybody listens. Undefined: nobody does. */
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
