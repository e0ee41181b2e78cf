import { AssertionError } from "node:assert";
import { inspect, isDeepStrictEqual } from "node:util";
import { isSecretsError, type SecretsErrorCode } from "@archestra/secrets-core";

/** Fails the case with the expected and the actual behaviour. */
export function fail(expected: string, came: string): never {
  throw new AssertionError({ message: `expected: ${expected}\n  came: ${came}`, stackStartFn: fail });
}

/** Fails unless a condition holds. */
export function expectThat(condition: boolean, expected: string, came: string): asserts condition {
  if (!condition) fail(expected, came);
}

/**
 * Fails unless two things are equal in every part.
 *
 * @param what what is compared, as in "the value that `get` gives"
 */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  if (!isDeepStrictEqual(actual, expected)) fail(`${what} to be ${show(expected)}`, show(actual));
}

/** The outcome of a call. */
export type Outcome<Result> =
  | { readonly result: Result; readonly failed: false }
  | { readonly error: unknown; readonly failed: true };

/** Waits for the end of a call, whichever it is. */
export async function outcomeOf<Result>(call: () => Promise<Result>): Promise<Outcome<Result>> {
  try {
    return { result: await call(), failed: false };
  } catch (error) {
    return { error, failed: true };
  }
}

/**
 * Fails unless a call fails with an error of ours that has one of these codes.
 *
 * @param what the call, as in "`create` of a name that exists"
 */
export async function expectFailure(
  what: string,
  call: () => Promise<unknown>,
  ...codes: readonly SecretsErrorCode[]
): Promise<SecretsErrorCode> {
  const outcome = await outcomeOf(call);
  if (outcome.failed && isSecretsError(outcome.error) && codes.includes(outcome.error.code)) {
    return outcome.error.code;
  }
  return fail(`${what} to fail with ${codes.join(" or ")}`, showOutcome(outcome));
}

/** Describes the outcome of a call. */
export function showOutcome(outcome: Outcome<unknown>): string {
  if (!outcome.failed) return `it succeeded with ${show(outcome.result)}`;
  const { error } = outcome;
  if (isSecretsError(error)) return `it failed with ${error.code}: ${cut(error.message)}`;
  return `it failed with something that is no SecretsError: ${show(error)}`;
}

/** Describes a value in one line. */
export function show(thing: unknown): string {
  return cut(inspect(thing, { depth: 6, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 200 }));
}

function cut(text: string): string {
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}
