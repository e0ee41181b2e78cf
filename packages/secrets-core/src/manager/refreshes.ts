import { assertInteger } from "../call/arguments.ts";
import { CallerError } from "../call/caller-code.ts";
import type { CallRunner, RunningCall } from "../call/running-call.ts";
import { notStored } from "../errors/failed-refresh.ts";
import { isSecretsError, type SecretsError } from "../errors/secrets-error.ts";
import { isStandardSchema, type StandardSchema } from "../registry/standard-schema.ts";
import type { Secret, SecretValue } from "../secret/secret.ts";
import { copySecretValue } from "../secret/secret-value.ts";
import type { RefreshRequest, RefreshResult } from "../store/refresh.ts";
import type { SecretStore } from "../store/secret-store.ts";
import { FailedRefreshes } from "./failed-refreshes.ts";
import type { RefreshOptions } from "./refresh-options.ts";
import { validateSecret } from "./validate-secret.ts";

const DEFAULT_LEASE = 30_000;
/** An attempt ends so long before its first caller, which then receives its outcome. */
const MARGIN_MILLISECONDS = 50;

/** One call of `refresh`. */
export interface RefreshCall extends RefreshRequest {
  /** The secret as the caller receives it: with the output of the schema. */
  validated(secret: Secret): Secret<unknown> | Promise<Secret<unknown>>;
}

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
  async refresh(name: string, request: RefreshRequest, call: RunningCall): Promise<RefreshResult> {
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

  #begin(name: string, request: RefreshRequest, call: RunningCall): Promise<RefreshResult | CallerError> {
    const description = { operation: "refresh", name };
    const own = this.#runner.begin(description, call.timeLeft - MARGIN_MILLISECONDS);
    const begun: RefreshInProgress = { ended: Promise.resolve(undefined as never), decidedAt: 0 };
    const deciding = () => {
      begun.decidedAt = ++this.#time;
    };
    begun.ended = this.#runner
      .step(description, own, async (running) => {
        try {
          return await this.#store.refresh(name, { ...request, deciding }, running);
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
  prepare(options: RefreshOptions<never> & { readonly schema?: StandardSchema | undefined }): RefreshCall {
    const { isFresh, refresh, schema, lease = DEFAULT_LEASE } = options;
    if (typeof isFresh !== "function" || typeof refresh !== "function") {
      throw new TypeError("The options `isFresh` and `refresh` of refresh must be functions.");
    }
    if (schema !== undefined && !isStandardSchema(schema)) {
      throw new TypeError("The option `schema` of refresh must be a Standard Schema validator.");
    }
    assertInteger(lease, "The option `lease` of refresh", 1_000, 600_000);
    const failures = this.#failures;
    let last: { readonly secret: Secret; readonly output: Promise<Secret<unknown>> } | undefined;
    const validated = (secret: Secret) => {
      if (schema === undefined) return secret;
      if (last?.secret !== secret) last = { secret, output: validateSecret(secret, schema) };
      return last.output;
    };
    return {
      lease,
      validated,
      deciding: () => {},
      isFresh(secret) {
        const output = validated(secret);
        return output instanceof Promise
          ? output.then(({ value }) => isFreshValue(value, isFresh))
          : isFreshValue(output.value, isFresh);
      },
      async obtain(secret, signal) {
        failures.assertMayTry(secret);
        const { value } = await validated(secret);
        let next: unknown;
        try {
          next = await refresh(value as never, { signal });
        } catch (error) {
          failures.add(secret, error);
          throw isSecretsError(error, "REFRESH_FAILED") ? error : new CallerError(error);
        }
        failures.forget(secret.name);
        return obtainedValue(next, secret);
      },
      assertMayTry: (secret) => failures.assertMayTry(secret),
      failed: (secret, error) => failures.add(secret, error),
    };
  }
}

/** Each caller of the manager receives the application's own error unchanged. */
function resultOf(ended: RefreshResult | CallerError): RefreshResult {
  if (ended instanceof CallerError) throw ended;
  return ended;
}

function isFreshValue(value: unknown, isFresh: (value: never) => boolean): boolean {
  let answer: unknown;
  try {
    answer = isFresh(value as never);
  } catch (error) {
    throw new CallerError(error);
  }
  if (typeof answer === "boolean") return answer;
  throw new CallerError(new TypeError("The option `isFresh` of refresh must return a boolean."));
}

/** Even what cannot be stored is handed to the caller. */
function obtainedValue(next: unknown, { name, manager }: Secret): SecretValue {
  try {
    return copySecretValue(next);
  } catch (error) {
    throw notStored(next, error as SecretsError, { manager, secretName: name });
  }
}
