import { setImmediate as nextTurn } from "node:timers/promises";
import type { CallRunner } from "../call/call-runner.ts";
import { CallerError } from "../call/caller-code.ts";
import type { RunningCall } from "../call/running-call.ts";
import { isSecretsError } from "../errors/secrets-error.ts";
import type { RefreshResult } from "../store/refresh.ts";
import type { SecretStore } from "../store/secret-store.ts";
import { FailedRefreshes } from "./failed-refreshes.ts";
import { type CheckedOptions, RefreshCall } from "./refresh-call.ts";

/** An attempt ends so long before its first caller, which then receives its outcome. */
const MARGIN_MILLISECONDS = 50;

interface RefreshInProgress {
  ended: Promise<RefreshResult | CallerError>;
  /** When the last read or write began that can decide the result. */
  decidedAt: number;
}

/** The refreshes of one process: one at a time for each name, which its callers share. */
export class Refreshes {
  readonly #store: SecretStore;
  readonly #runner: CallRunner;
  readonly #inProgress = new Map<string, RefreshInProgress>();
  /** Counts what may decide a refresh, and who joins one. */
  #time = 0;
  readonly #failures = new FailedRefreshes();

  constructor(store: SecretStore, runner: CallRunner) {
    this.#store = store;
    this.#runner = runner;
  }

  /**
   * Joins the refresh of this name that is in progress, or begins one. It does not end with the call that began it: others
   * wait for it, and its value cannot be obtained twice.
   */
  async refresh(name: string, request: RefreshCall, call: RunningCall): Promise<RefreshResult> {
    for (;;) {
      call.assertNotEnded();
      const joined = this.#inProgress.get(name);
      if (joined === undefined) {
        // The caller that began it waits for its end after an abort, too, since its error may hand over the value.
        return resultOf(await call.change(name, undefined, () => this.#begin(name, request, call)));
      }
      const joinedAt = ++this.#time;
      const ended = await joined.ended.catch((error: unknown) => {
        if (!isSecretsError(error, "NOT_FOUND")) throw error;
        return undefined;
      });
      // What was read or written before this call joined may have been replaced before it began.
      if (ended instanceof CallerError || (ended !== undefined && joined.decidedAt > joinedAt)) {
        return { ...resultOf(ended), outcome: "waited" };
      }
    }
  }

  #begin(name: string, request: RefreshCall, call: RunningCall): Promise<RefreshResult | CallerError> {
    const description = { operation: "refresh", name };
    const own = this.#runner.begin(description, call.timeLeft - MARGIN_MILLISECONDS, call);
    const begun: RefreshInProgress = { ended: Promise.resolve(undefined as never), decidedAt: 0 };
    request.onDeciding = () => {
      begun.decidedAt = ++this.#time;
    };
    begun.ended = this.#runner
      .step(description, own, async (running) => {
        // Before anything is decided, the other callers of this turn join.
        await nextTurn();
        try {
          return await this.#store.refresh(name, request, running);
        } catch (error) {
          if (error instanceof CallerError) return error;
          throw error;
        }
      })
      .finally(() => this.#inProgress.delete(name));
    this.#inProgress.set(name, begun);
    return begun.ended;
  }

  /** Checks the options of a call. */
  prepare(options: CheckedOptions): RefreshCall {
    return new RefreshCall(options, this.#failures);
  }
}

/** Each caller of the manager receives the application's own error unchanged. */
function resultOf(ended: RefreshResult | CallerError): RefreshResult {
  if (ended instanceof CallerError) throw ended;
  return ended;
}
