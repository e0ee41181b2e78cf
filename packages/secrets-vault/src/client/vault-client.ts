import { setTimeout as sleep } from "node:timers/promises";
import { isSecretsError } from "@archestra/secrets-core/plugin";
import type { VaultAnswer } from "../auth/vault-answer.ts";
import { RequestFailure } from "../http/request-failure.ts";
import type { Transport, TransportRequest } from "../http/transport.ts";
import type { Lease } from "../session/lease.ts";
import type { Session } from "../session/session.ts";
import { answerError } from "./answer-error.ts";
import { CallFailure } from "./call-failure.ts";
import { type ClassifiedAnswer, classifyAnswer } from "./classify-answer.ts";
import { PolicyRefusals } from "./policy-refusals.ts";
import { ATTEMPTS, BRIEF_ATTEMPTS, endsInTime, RetryBudget, waitBeforeRetry } from "./retry-policy.ts";

/** A request with a token of the session. */
export interface ClientRequest extends Omit<TransportRequest, "token"> {
  /** What is asked, in words for messages, such as "reading secret/data/archestra/a". */
  readonly subject: string;
}

/** The part of an operation's context that a request needs. */
export interface CallLimits {
  readonly signal: AbortSignal;
  readonly deadline: number;
  /** Whether the caller would rather be told soon than late: repeated once at most, and it does not wait for a login. @default false */
  readonly isBrief?: boolean | undefined;
  /** Whether a value is refused in which JavaScript would round a number. @default false */
  readonly exactNumbers?: boolean | undefined;
  /** Whether only the node that leads may answer. @default false */
  readonly latest?: boolean | undefined;
}

/** What repeating a request means. */
export type CallKind = "read" | "write" | "unfenced";

/** What a call ended with, when the server answered something that is no mere failure. */
export interface CallResult {
  readonly answer: VaultAnswer;
  /** Absent: 200 or 204. */
  readonly classified?: ClassifiedAnswer | undefined;
  /** Whether an earlier attempt of the same call may have been carried out. */
  readonly mayHaveHappened: boolean;
}

/** So many times a call is repeated with another token: a token that can be used three times may be used up by others. */
const TOKENS_PER_CALL = 3;

/**
 * Sends calls: with a token of the session, again where that is safe and helps, and with another token when Vault says
 * that the one it got is dead.
 */
export class VaultClient {
  readonly #transport: Transport;
  readonly #session: Session;
  readonly #budget = new RetryBudget();
  readonly #refusals: PolicyRefusals;

  constructor(transport: Transport, session: Session) {
    this.#transport = transport;
    this.#session = session;
    this.#refusals = new PolicyRefusals(async (request, limits) => {
      const outcome = await this.#attempt(request, limits, "read", performance.now());
      return "answer" in outcome ? outcome.answer : undefined;
    }, transport.namespace);
  }

  /**
   * Sends a call, again where that helps.
   *
   * @param kind `read`, and `write` for what is fenced or does the same twice: repeated whatever became of the attempt
   * before. `unfenced`: not repeated once it may have been carried out. One that changes something and has left is not
   * given up at once when the signal aborts
   * @returns the first answer that is final, whatever its status
   * @throws CallFailure when none came in time
   */
  async send(request: ClientRequest, limits: CallLimits, kind: CallKind): Promise<CallResult> {
    this.#budget.called();
    const calledAt = performance.now();
    const startedAt = Date.now();
    let mayHaveHappened = false;
    let tokens = 0;
    let before: unknown;
    for (let attempt = 0; ; attempt++) {
      const outcome = await this.#attempt(request, limits, kind, calledAt);
      if ("answer" in outcome) {
        const { answer, classified } = outcome;
        if (classified === undefined) return { answer, mayHaveHappened };
        if (!classified.transient) {
          const isWorthAnother = await this.#hasOtherToken(outcome, tokens, limits).catch(
            (error: unknown) => {
              throw new CallFailure(error, mayHaveHappened, before);
            },
          );
          if (isWorthAnother) {
            tokens++;
            attempt--;
            continue;
          }
          if (classified.executed === "maybe" && kind !== "read") this.#transport.changeLost();
          const explained = await this.#refusals.explain(request, classified, limits);
          return { answer, classified: explained, mayHaveHappened };
        }
      }
      const failure = "answer" in outcome ? this.#describe(request, outcome) : outcome;
      if (failure.mayHaveHappened && kind !== "read") this.#transport.changeLost();
      mayHaveHappened ||= failure.mayHaveHappened;
      const told = new CallFailure(failure.error, mayHaveHappened, before);
      before = failure.error;
      const isRepeatable = failure.transient && !(kind === "unfenced" && mayHaveHappened);
      // Waiting for a token once more asks nothing of Vault: one login serves all.
      const attempts = limits.isBrief ? BRIEF_ATTEMPTS : ATTEMPTS;
      const mayRepeat = isRepeatable && attempt + 1 < attempts && !limits.signal.aborted;
      if (!mayRepeat || !(failure.withoutToken || this.#budget.take())) throw told;
      const wait = waitBeforeRetry(attempt, failure.retryAfter);
      if (!endsInTime(wait, startedAt, limits.deadline)) throw told;
      await sleep(wait, undefined, { signal: limits.signal }).catch(() => {
        throw mayHaveHappened ? told : new CallFailure(limits.signal.reason, false, before);
      });
    }
  }

  /** Sends one attempt. What it throws is turned into a failure. */
  async #attempt(
    request: ClientRequest,
    limits: CallLimits,
    kind: CallKind,
    calledAt: number,
  ): Promise<Answered | Failed> {
    let lease: Lease | undefined;
    try {
      lease = this.#session.take() ?? (await this.#session.wait(limits, calledAt));
      const lingers = kind !== "read";
      const fromLeader = request.fromLeader || limits.latest === true;
      const answer = await this.#transport.send(
        { ...request, token: lease.token, fromLeader },
        limits,
        lingers,
      );
      return { answer, classified: classifyAnswer(answer), lease };
    } catch (error) {
      if (error instanceof RequestFailure) {
        const { told, executed, transient } = error;
        return { error: told, transient, mayHaveHappened: executed === "maybe" };
      }
      // The session's refusal, or the signal's reason: nothing has left.
      return {
        error,
        transient: isTransient(error),
        mayHaveHappened: false,
        withoutToken: lease === undefined,
      };
    } finally {
      lease?.giveBack();
    }
  }

  /** Whether the call is worth another attempt since the session has another token by now. */
  async #hasOtherToken(
    { classified, lease }: Answered,
    tokens: number,
    limits: CallLimits,
  ): Promise<boolean> {
    if (tokens >= TOKENS_PER_CALL || limits.signal.aborted) return false;
    switch (classified?.reason) {
      case "INVALID_TOKEN":
        this.#session.refused(lease);
        return true;
      case "POLICY":
      case "MOUNT_NOT_VISIBLE":
        return this.#session.hasNewPolicies(lease, limits);
      case "UNSPECIFIED_REFUSAL":
        // Servers before 1.17 do not say whether they refuse the token or what is asked.
        if (await this.#session.isAlive(lease, limits)) return this.#session.hasNewPolicies(lease, limits);
        this.#session.refused(lease);
        return true;
      default:
        return false;
    }
  }

  #describe(request: ClientRequest, { answer, classified }: Answered): Failed {
    return {
      error: answerError(answer, classified, request),
      transient: classified?.transient ?? false,
      mayHaveHappened: classified?.executed === "maybe",
      retryAfter: answer.headers["retry-after"],
    };
  }
}

interface Answered {
  readonly answer: VaultAnswer;
  readonly classified: ClassifiedAnswer | undefined;
  readonly lease: Lease;
}

interface Failed {
  readonly error: unknown;
  readonly transient: boolean;
  readonly mayHaveHappened: boolean;
  /** Whether there was no token to send it with. */
  readonly withoutToken?: boolean;
  readonly retryAfter?: string | undefined;
}

function isTransient(error: unknown): boolean {
  if (!isSecretsError(error) || !error.retryable) return false;
  // It was waited for long enough, and the next call asks again.
  if (error.reason === "CREDENTIAL_NOT_GIVEN" || error.reason === "PIPE_EMPTY") return false;
  return error.code === "UNAVAILABLE" || error.code === "RATE_LIMITED";
}
