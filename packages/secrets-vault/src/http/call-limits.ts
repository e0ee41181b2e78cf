import { SecretsError } from "@archestra/secrets-core/plugin";

/** The limits of a call, and what it demands of its answers. The context of a manager's call is one. */
export interface CallLimits {
  /** Ends the call. Read late or never, since creating a signal costs as much as the rest of a short request. */
  readonly signal: AbortSignal;
  /** When the caller stops waiting, in milliseconds as `Date.now()` returns them. */
  readonly deadline: number;
  /** How many milliseconds before `deadline` the signal aborts. @default 0 */
  readonly reserve?: number | undefined;
  /** Whether the call is repeated once at most and does not wait for a login that was postponed. @default false */
  readonly failsFast?: boolean | undefined;
  /** Whether the answer keeps its text, in which numbers are not rounded. @default false */
  readonly exactNumbers?: boolean | undefined;
  /** Whether only the leading node may answer. @default false */
  readonly latest?: boolean | undefined;
  /** Counts that a request of the call is sent once more. Absent: nothing counts it. */
  repeated?(): void;
}

/**
 * Limits for work that lasts at most this many milliseconds.
 *
 * @param work for the error with which the signal aborts then, such as "The login"
 * @param signals end the work earlier, each with its reason
 */
export function limitsWithin(milliseconds: number, work: string, ...signals: AbortSignal[]): CallLimits {
  const late = new AbortController();
  setTimeout(() => late.abort(notEnded(work, milliseconds)), milliseconds).unref();
  return { signal: AbortSignal.any([...signals, late.signal]), deadline: Date.now() + milliseconds };
}

/** The error of work that took too long. */
export function notEnded(work: string, milliseconds: number): SecretsError {
  const message = `${work} did not end within ${milliseconds} ms.`;
  return new SecretsError("UNAVAILABLE", message, { reason: "NO_ANSWER" });
}
