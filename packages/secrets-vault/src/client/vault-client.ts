import { answerError } from "../answers/answer-error.ts";
import type { ClassifiedAnswer } from "../answers/classified-answer.ts";
import { classifyAnswer } from "../answers/classify-answer.ts";
import type { VaultAnswer } from "../answers/vault-answer.ts";
import type { CallLimits } from "../http/call-limits.ts";
import { RequestFailure } from "../http/request-failure.ts";
import type { Transport, TransportRequest } from "../http/transport.ts";
import type { Lease } from "../session/lease.ts";
import type { Session } from "../session/session.ts";
import { isTransient } from "../session/token-liveness.ts";
import { CallFailure } from "./call-failure.ts";
import { PolicyRefusals } from "./policy-refusals.ts";
import { ATTEMPTS, FAIL_FAST_ATTEMPTS, RetryBudget, waitBeforeRetry, waitWithin } from "./retry-policy.ts";

/** A request with a token of the session. */
export interface ClientRequest extends Omit<TransportRequest, "token"> {
  /** What is requested, for messages, such as "reading secret/data/archestra/a". */
  readonly subject: string;
}

/**
 * What repeating a request means. `idempotent write`: it can be repeated whatever became of the attempt before.
 * `single write`: it is not repeated once it may have been carried out.
 */
export type CallKind = "read" | "idempotent write" | "single write";

export interface CallResult {
  readonly answer: VaultAnswer;
  /** Absent: 200 or 204. */
  readonly classified: ClassifiedAnswer | undefined;
  /** Whether Vault may have carried out the request, in any attempt. */
  readonly mayHaveExecuted: boolean;
}

interface AnsweredAttempt extends CallResult {
  readonly lease: Lease;
}

interface FailedAttempt {
  readonly answer?: undefined;
  readonly error: unknown;
  readonly mayHaveExecuted: boolean;
  /** Whether there was no token to send it with. */
  readonly withoutToken: boolean;
}

type Attempt = AnsweredAttempt | FailedAttempt;

/** A call whose first attempt did not succeed. */
interface RetriedCall {
  readonly request: ClientRequest;
  readonly limits: CallLimits;
  readonly kind: CallKind;
  readonly calledAt: number;
  /** How often it was repeated after a failure. */
  retries: number;
  /** How often it was repeated with another token. */
  tokenChanges: number;
  mayHaveExecuted: boolean;
  previousError: unknown;
}

/** How often a call is repeated with another token: other calls may use up a token that can be used three times. */
const MOST_TOKEN_CHANGES = 3;

/** Sends calls with a token of the session, and repeats those that can be repeated. */
export class VaultClient {
  readonly #transport: Transport;
  readonly #session: Session;
  readonly #budget = new RetryBudget();
  readonly #refusals: PolicyRefusals;

  constructor(transport: Transport, session: Session) {
    this.#transport = transport;
    this.#session = session;
    this.#refusals = new PolicyRefusals(async (request, limits) => {
      const attempt = await this.#attempt(request, limits, "read", performance.now());
      return attempt.answer;
    }, transport.namespace);
  }

  /**
   * Sends a call, and repeats it after a transient failure or with another token. A write that was sent continues when the
   * signal aborts; see `Transport.send`.
   *
   * @returns the first answer that is final, whatever its status
   * @throws CallFailure when none arrived in time
   */
  async send(request: ClientRequest, limits: CallLimits, kind: CallKind): Promise<CallResult> {
    this.#budget.add();
    const calledAt = performance.now();
    const first = await this.#attempt(request, limits, kind, calledAt);
    if (first.answer !== undefined && first.classified === undefined) return first;
    const progress = { retries: 0, tokenChanges: 0, mayHaveExecuted: false, previousError: undefined };
    return this.#retry({ request, limits, kind, calledAt, ...progress }, first);
  }

  async #retry(call: RetriedCall, first: Attempt): Promise<CallResult> {
    const { request, limits, kind, calledAt } = call;
    for (let attempt = first; ; ) {
      if (attempt.mayHaveExecuted && kind !== "read") this.#transport.changeLost();
      if (attempt.answer === undefined || attempt.classified?.isTransient) {
        await this.#waitToRetry(call, attempt);
      } else if (!(await this.#canChangeToken(call, attempt))) {
        return this.#result(call, attempt);
      }
      limits.repeated?.();
      attempt = await this.#attempt(request, limits, kind, calledAt);
    }
  }

  /** Sends one attempt. Returns every failure. */
  async #attempt(
    request: ClientRequest,
    limits: CallLimits,
    kind: CallKind,
    calledAt: number,
  ): Promise<Attempt> {
    let lease: Lease | undefined;
    try {
      lease = this.#session.take() ?? (await this.#session.wait(limits, calledAt));
      const fromLeader = request.fromLeader || limits.latest === true;
      const tokenRequest = { ...request, token: lease.token, fromLeader };
      const answer = await this.#transport.send(tokenRequest, limits, kind !== "read");
      const classified = classifyAnswer(answer);
      return { answer, classified, mayHaveExecuted: classified?.mayHaveExecuted === true, lease };
    } catch (error) {
      if (error instanceof RequestFailure) {
        const { publicError, mayHaveExecuted } = error;
        return { error: publicError, mayHaveExecuted, withoutToken: false };
      }
      // The session's refusal, or the signal's reason: nothing was sent.
      return { error, mayHaveExecuted: false, withoutToken: lease === undefined };
    } finally {
      lease?.giveBack();
    }
  }

  /**
   * Waits until a call can be repeated after a transient failure.
   *
   * @throws CallFailure when it cannot: it failed for good, was repeated often enough, or has no time left
   */
  async #waitToRetry(call: RetriedCall, attempt: Attempt): Promise<void> {
    const { request, limits, kind } = call;
    const isAnswered = attempt.answer !== undefined;
    call.mayHaveExecuted ||= attempt.mayHaveExecuted;
    const error = isAnswered ? answerError(attempt.answer, attempt.classified, request) : attempt.error;
    const failure = new CallFailure(error, call.mayHaveExecuted, call.previousError);
    call.previousError = error;
    const isTransientFailure = isAnswered || isWorthRepeating(attempt.error);
    const canRepeat = isTransientFailure && !(kind === "single write" && call.mayHaveExecuted);
    const attempts = limits.failsFast ? FAIL_FAST_ATTEMPTS : ATTEMPTS;
    const wait = waitBeforeRetry(call.retries++, attempt.answer?.headers["retry-after"]);
    if (!canRepeat || call.retries >= attempts || limits.signal.aborted) throw failure;
    // Another wait for a token sends nothing: one login serves all calls.
    const isFree = !isAnswered && attempt.withoutToken;
    if (!isFree && !this.#budget.take()) throw failure;
    if (await waitWithin(wait, limits)) return;
    const wasAborted = limits.signal.aborted && !call.mayHaveExecuted;
    throw wasAborted ? new CallFailure(limits.signal.reason, false, error) : failure;
  }

  /** Whether to repeat a call at once with another token, which the session has or gets. */
  async #canChangeToken(call: RetriedCall, attempt: AnsweredAttempt): Promise<boolean> {
    if (call.tokenChanges >= MOST_TOKEN_CHANGES || call.limits.signal.aborted) return false;
    call.tokenChanges++;
    try {
      return await this.#hasOtherToken(attempt, call.limits);
    } catch (error) {
      throw new CallFailure(error, call.mayHaveExecuted, call.previousError);
    }
  }

  async #hasOtherToken({ classified, lease }: AnsweredAttempt, limits: CallLimits): Promise<boolean> {
    switch (classified?.reason) {
      case "INVALID_TOKEN":
        this.#session.refused(lease);
        return true;
      case "POLICY":
      case "MOUNT_NOT_VISIBLE":
        return this.#session.hasNewPolicies(lease, limits);
      case "UNSPECIFIED_REFUSAL":
        // Servers before 1.17 do not say whether they refuse the token or the request.
        if (await this.#session.isAlive(lease, limits)) return this.#session.hasNewPolicies(lease, limits);
        this.#session.refused(lease);
        return true;
      default:
        return false;
    }
  }

  async #result(call: RetriedCall, attempt: AnsweredAttempt): Promise<CallResult> {
    const { answer, classified } = attempt;
    const mayHaveExecuted = call.mayHaveExecuted || attempt.mayHaveExecuted;
    if (classified === undefined) return { answer, classified, mayHaveExecuted };
    const explained = await this.#refusals.explain(call.request, classified, call.limits);
    return { answer, classified: explained, mayHaveExecuted };
  }
}

function isWorthRepeating(error: unknown): boolean {
  // The call waited for a credential long enough. The next call requests it again.
  return (
    isTransient(error) &&
    error.retryable &&
    error.reason !== "CREDENTIAL_NOT_GIVEN" &&
    error.reason !== "PIPE_EMPTY"
  );
}
