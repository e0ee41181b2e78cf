import type { SecretsErrorCode } from "@archestra/secrets-core/plugin";

/** What an answer means that is not a plain success. */
export interface ClassifiedAnswer {
  readonly code: SecretsErrorCode;
  /** A finer reason, which decides in this package and is reported to callers. */
  readonly reason: string;
  /** Whether Vault may have carried out the request. */
  readonly mayHaveExecuted: boolean;
  /** Whether the same request can succeed a moment later. */
  readonly isTransient: boolean;
  /** What failed and what to do, without anything that Vault quoted. */
  readonly message: string;
}

/** A request that was refused before it had any effect, and will be refused again. */
export function refused(code: SecretsErrorCode, reason: string, message: string): ClassifiedAnswer {
  return { code, reason, mayHaveExecuted: false, isTransient: false, message };
}

/** A request that had no effect, and can succeed a moment later. */
export function refusedForNow(code: SecretsErrorCode, reason: string, message: string): ClassifiedAnswer {
  return { code, reason, mayHaveExecuted: false, isTransient: true, message };
}

/** An answer of 200 in which Vault itself returns something else than an object as a secret's value. */
export const unreadableValue = refused(
  "INVALID_VALUE",
  "NOT_AN_OBJECT",
  "its storage holds something that is not a JSON object. Set the secret again, or restore the storage",
);

/** An answer that did not come from Vault, such as one of 200 with a body that Vault does not send. */
export const unexpectedAnswer: ClassifiedAnswer = {
  code: "UNAVAILABLE",
  reason: "UNEXPECTED_ANSWER",
  mayHaveExecuted: true,
  isTransient: false,
  message:
    "the answer did not come from Vault. Check ARCHESTRA_HASHICORP_VAULT_ADDR, and any proxy in front of Vault",
};
