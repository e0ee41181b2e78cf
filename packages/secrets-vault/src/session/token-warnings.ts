import { type Logger, SecretsError } from "@archestra/secrets-core/plugin";
import type { Lease } from "./lease.ts";

/** Warns of what an operator has to know about a token, once. */
export class TokenWarnings {
  readonly #logger: Logger;
  #warnedOfExpiry = false;
  #warnedOfPolicy = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  expires(lease: Lease): void {
    const seconds = Math.round(lease.timeLeft / 1_000);
    if (lease.issued || seconds === Number.POSITIVE_INFINITY || this.#warnedOfExpiry) return;
    this.#warnedOfExpiry = true;
    this.#logger.warn(
      { code: "ARCHESTRA_SECRETS_VAULT_TOKEN_EXPIRES", seconds },
      `The given Vault token expires in ${seconds} s and cannot be renewed beyond that. Put another one into its file before then, which is read again automatically, or choose a method that logs in.`,
    );
  }

  /** Warns that a given token has no permission to look itself up. */
  cannotLookUp(): void {
    if (this.#warnedOfPolicy) return;
    this.#warnedOfPolicy = true;
    this.#logger.warn(
      { code: "ARCHESTRA_SECRETS_VAULT_NO_DEFAULT_POLICY" },
      "The Vault token cannot look itself up, since it lacks the policy `default`. Its expiry is unknown, and it will not be renewed.",
    );
  }
}

/** The error of a given token that Vault does not accept. */
export function tokenRefused(): SecretsError {
  return new SecretsError(
    "UNAUTHENTICATED",
    "Vault refused the given token: it is expired, revoked or unknown there, or a wrapping token that was unwrapped before; or it is bound to another network, or its entity is disabled. Provide another one; a token in a file is read again automatically.",
    { reason: "TOKEN_REFUSED" },
  );
}
