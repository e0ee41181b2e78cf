import { isSecretsError, type SecretsError } from "../../packages/secrets-core/src/errors/secrets-error.ts";

/** The error of ours that a call fails with. Anything else fails the test. */
export async function failure(call: Promise<unknown>): Promise<SecretsError> {
  const outcome = await call.then(
    () => ({ error: undefined }),
    (error: unknown) => ({ error }),
  );
  if (isSecretsError(outcome.error)) return outcome.error;
  throw new Error("The call was to fail with a SecretsError.", { cause: outcome.error });
}
