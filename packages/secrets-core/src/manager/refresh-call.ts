import { assertInteger } from "../call/arguments.ts";
import { CallerError } from "../call/caller-code.ts";
import { refreshEvents } from "../call/events.ts";
import { notStored } from "../errors/failed-refresh.ts";
import { isSecretsError, type SecretsError } from "../errors/secrets-error.ts";
import { isStandardSchema, type StandardSchema } from "../registry/standard-schema.ts";
import type { Secret, SecretValue } from "../secret/secret.ts";
import { copySecretValue } from "../secret/secret-value.ts";
import type { RefreshRequest } from "../store/refresh.ts";
import type { FailedRefreshes } from "./failed-refreshes.ts";
import type { RefreshOptions } from "./refresh-options.ts";
import { validateSecret } from "./validate-secret.ts";

const DEFAULT_LEASE = 30_000;

/** The options of a call, whichever schema they have. */
export type CheckedOptions = RefreshOptions<never> & { readonly schema?: StandardSchema | undefined };

/** One call of `refresh`: the functions and the schema of its caller. */
export class RefreshCall implements RefreshRequest {
  readonly lease: number;
  /** Is called by `deciding`. Undefined: no other call can join this one. */
  onDeciding: (() => void) | undefined;
  readonly #options: CheckedOptions;
  readonly #failures: FailedRefreshes;
  #last: { readonly secret: Secret; readonly output: Promise<Secret<unknown>> } | undefined;

  /** @throws TypeError for wrong options */
  constructor(options: CheckedOptions, failures: FailedRefreshes) {
    const { isFresh, refresh, schema, lease = DEFAULT_LEASE } = options;
    if (typeof isFresh !== "function" || typeof refresh !== "function") {
      throw new TypeError("The options `isFresh` and `refresh` of refresh must be functions.");
    }
    if (schema !== undefined && !isStandardSchema(schema)) {
      throw new TypeError("The option `schema` of refresh must be a Standard Schema validator.");
    }
    assertInteger(lease, "The option `lease` of refresh", 1_000, 600_000);
    this.lease = lease;
    this.#options = options;
    this.#failures = failures;
  }

  /** The secret as the caller receives it: with the output of the schema. */
  validated(secret: Secret): Secret<unknown> | Promise<Secret<unknown>> {
    const { schema } = this.#options;
    if (schema === undefined) return secret;
    if (this.#last?.secret !== secret) this.#last = { secret, output: validateSecret(secret, schema) };
    return this.#last.output;
  }

  isFresh(secret: Secret): boolean | Promise<boolean> {
    const output = this.validated(secret);
    return output instanceof Promise
      ? output.then(({ value }) => this.#isFreshValue(value))
      : this.#isFreshValue(output.value);
  }

  async obtain(secret: Secret, signal: AbortSignal): Promise<SecretValue> {
    this.assertMayTry(secret);
    const { value } = await this.validated(secret);
    let next: unknown;
    const { name, manager } = secret;
    try {
      next = await refreshEvents.trace(
        () => ({ name, manager }),
        async () => this.#options.refresh(value as never, { signal }),
      );
    } catch (error) {
      this.failed(secret, error);
      throw isSecretsError(error, "REFRESH_FAILED") ? error : new CallerError(error);
    }
    this.#failures.forget(secret.name);
    return obtainedValue(next, secret);
  }

  deciding(): void {
    this.onDeciding?.();
  }

  assertMayTry(secret: Secret): void {
    this.#failures.assertMayTry(secret);
  }

  failed(secret: Secret, error?: unknown): void {
    this.#failures.add(secret, error);
  }

  #isFreshValue(value: unknown): boolean {
    let answer: unknown;
    try {
      answer = this.#options.isFresh(value as never);
    } catch (error) {
      throw new CallerError(error);
    }
    if (typeof answer === "boolean") return answer;
    throw new CallerError(new TypeError("The option `isFresh` of refresh must return a boolean."));
  }
}

/** Even what cannot be stored is handed to the caller. */
function obtainedValue(next: unknown, { name, manager }: Secret): SecretValue {
  try {
    return copySecretValue(next);
  } catch (error) {
    throw notStored(next, error as SecretsError, { manager, secretName: name });
  }
}
