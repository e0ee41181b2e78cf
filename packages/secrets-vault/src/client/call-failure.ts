/** Why a call got no answer that is final, and whether Vault may have done what it was asked all the same. */
export class CallFailure extends Error {
  /** What callers are told when nothing can have happened. */
  readonly told: unknown;
  readonly mayHaveHappened: boolean;
  /** What the attempt before the last failed with. Absent: there was none. */
  readonly before: unknown;

  constructor(told: unknown, mayHaveHappened: boolean, before?: unknown) {
    super("The call got no answer.");
    this.told = told;
    this.mayHaveHappened = mayHaveHappened;
    this.before = before;
  }
}

/** What a failed call tells callers when it cannot have changed anything. */
export function rethrowTold(error: unknown): never {
  throw error instanceof CallFailure ? error.told : error;
}
