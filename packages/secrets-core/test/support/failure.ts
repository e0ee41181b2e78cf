import { isSecretsError, type SecretsError } from "../../src/index.ts";

/** The error of ours that a call fails with. Anything else fails the test. */
export async function failure(call: Promise<unknown>): Promise<SecretsError> {
  const outcome = await call.then(
    () => ({ error: undefined }),
    (error: unknown) => ({ error }),
  );
  if (isSecretsError(outcome.error)) return outcome.error;
  throw new Error("The call was to fail with a SecretsError.", { cause: outcome.error });
}

/** The same for code that throws at once. */
export function thrownBy(code: () => unknown): SecretsError {
  try {
    code();
  } catch (error) {
    if (isSecretsError(error)) return error;
    throw error;
  }
  throw new Error("The code was to throw a SecretsError.");
}
