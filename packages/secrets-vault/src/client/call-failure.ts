/** Why a call got no final answer, and whether Vault may have carried it out. */
export class CallFailure extends Error {
  /** The error that callers receive when nothing can have changed. */
  readonly publicError: unknown;
  readonly mayHaveExecuted: boolean;
  /** The error of the attempt before the last. Absent: there was none. */
  readonly previousError: unknown;

  constructor(publicError: unknown, mayHaveExecuted: boolean, previousError?: unknown) {
    super("The call got no answer.");
    this.publicError = publicError;
    this.mayHaveExecuted = mayHaveExecuted;
    this.previousError = previousError;
  }
}

/** Throws the error that callers of a read receive. */
export function throwPublicError(error: unknown): never {
  throw error instanceof CallFailure ? error.publicError : error;
}
