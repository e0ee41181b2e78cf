import { isSecretsError } from "@archestra/secrets-core";

/** `done`, or the code of the error of ours that a call ended with. Anything else fails the test. */
export function outcome(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "done",
    (error: unknown) => {
      if (isSecretsError(error)) return error.code;
      throw error;
    },
  );
}
