import { setTimeout as sleep } from "node:timers/promises";
import type { CallContext } from "../backend/backend.ts";
import type { RunningCall } from "../call/running-call.ts";
import { isForeignAbort, wrapError } from "../call/wrap-error.ts";
import { notStored } from "../errors/failed-refresh.ts";
import { SecretsError } from "../errors/secrets-error.ts";
import type { Secret, SecretValue } from "../secret/secret.ts";

/** What `refresh` is asked to do. The functions throw the application's own errors as a CallerError. */
export interface RefreshRequest {
  /** Whether the value can still be used. */
  isFresh(secret: Secret): boolean | Promise<boolean>;
  /**
   * Obtains a new value from the present one, which is the latest of the store.
   *
   * @param signal aborts when the value is no longer wanted. What is returned afterwards is stored all the same
   * @throws SecretsError REFRESH_FAILED, without an attempt, when the last one failed for this value
   */
  obtain(secret: Secret, signal: AbortSignal): Promise<SecretValue>;
  /**
   * Is called before each read or write that can decide the result. A caller that joins the refresh later does not receive it:
   * the secret may have been changed before that call began.
   */
  deciding(): void;
  /** @throws SecretsError REFRESH_FAILED when the last attempt failed for this value. It is called before the entry is locked */
  assertMayTry(secret: Secret): void;
  /**
   * Receives that no new value was stored in place of this one.
   *
   * @param error undefined: the attempt of another process failed
   */
  failed(secret: Secret, error?: unknown): void;
  /** How long other processes wait for this one after its last sign of life, in milliseconds. */
  readonly lease: number;
}

/** How a refresh ended. */
export interface RefreshResult {
  readonly secret: Secret;
  /** `fresh`: as it was read. `waited`: another call obtained the value. `refreshed`: this call did. */
  readonly outcome: "fresh" | "waited" | "refreshed";
}

/** One attempt leaves time for another, since a store may not answer at all. */
const LONGEST_ATTEMPT_MILLISECONDS = 2_000;
const LONGEST_PAUSE_MILLISECONDS = 250;
/** The time that is kept to hand the value to the caller. */
const MARGIN_MILLISECONDS = 50;
/** For how long a value is stored whose caller has received an error already. */
const LATE_MILLISECONDS = 5_000;

/**
 * Stores a value that cannot be obtained twice: a failed attempt is repeated until the deadline of the call.
 *
 * @param attempt returns the secret as it is stored, and checks itself what became of earlier attempts
 * @throws SecretsError with the value, which `unstoredValue` returns. OUTCOME_UNKNOWN: it may be stored
 */
export async function storeObtained(
  { name, manager }: Secret,
  value: SecretValue,
  call: RunningCall,
  attempt: (context: CallContext) => Promise<Secret>,
): Promise<Secret> {
  const { logger } = call;
  const startedAt = Date.now();
  const isLate = startedAt >= call.deadline - MARGIN_MILLISECONDS;
  const lateUntil = startedAt + LATE_MILLISECONDS;
  // An abort of the call brings its deadline forward.
  const timeLeft = () => (isLate ? lateUntil : call.deadline - MARGIN_MILLISECONDS) - Date.now();
  let unknown: SecretsError | undefined;
  for (let longest = 20; ; longest = Math.min(LONGEST_PAUSE_MILLISECONDS, 2 * longest)) {
    const attemptTime = () => Math.max(1, Math.min(timeLeft(), LONGEST_ATTEMPT_MILLISECONDS));
    try {
      const deadline = Date.now() + attemptTime();
      return await inTime(attemptTime, call, (signal) =>
        attempt({ signal, deadline, reserve: 0, logger, latest: true }),
      );
    } catch (thrown) {
      const error = failureOf(thrown, manager, name);
      if (error.code === "OUTCOME_UNKNOWN") unknown = error;
      const pause = longest * (0.5 + Math.random() / 2);
      if (!isRepeated(error) || timeLeft() <= pause) {
        if (isLate)
          logger.warn({ code: "ARCHESTRA_SECRETS_REFRESH_NOT_STORED", name, manager }, LATE_MESSAGE);
        throw notStored(value, unknown ?? error, { manager, secretName: name });
      }
      await sleep(pause);
    }
  }
}

/**
 * Runs an attempt that ends in time even where the store ignores its signal: the value must be handed over before the call
 * ends.
 */
async function inTime<Result>(
  time: () => number,
  call: RunningCall,
  attempt: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const late = Promise.withResolvers<never>();
  const end = () => {
    controller.abort();
    late.reject(controller.signal.reason);
  };
  let timer = setTimeout(end, time());
  const restart = () => {
    clearTimeout(timer);
    timer = setTimeout(end, time());
  };
  call.signal.addEventListener("abort", restart, { once: true });
  try {
    return await Promise.race([attempt(controller.signal), late.promise]);
  } finally {
    clearTimeout(timer);
    call.signal.removeEventListener("abort", restart);
  }
}

const LATE_MESSAGE =
  "The function passed to `refresh` returned a value after its call had ended, and the value could not be stored. Give the function's requests the signal that it receives, so that they end in time.";

function failureOf(thrown: unknown, manager: string, secretName: string): SecretsError {
  if (!isForeignAbort(thrown)) return wrapError(thrown, { operation: "refresh", manager, secretName });
  return new SecretsError("OUTCOME_UNKNOWN", "The store did not answer in time.");
}

/** The value cannot be obtained again, so every failure is repeated that may end by itself, or by an operator. */
function isRepeated({ code, retryable }: SecretsError): boolean {
  return retryable || ["OUTCOME_UNKNOWN", "INTERNAL", "UNAUTHENTICATED", "PERMISSION_DENIED"].includes(code);
}
