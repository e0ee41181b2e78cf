/** Wrong arguments. Its message says what is wrong and what to do, and never quotes a value that can be secret. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
