import type { Output } from "../output/output.ts";

/**
 * Ends the process at an error that nothing handles, such as one in a timer of a plugin. Node would print its message and the
 * line of code that threw it, which can contain a secret.
 */
export function endAtCrash(output: Output): void {
  process.once("uncaughtException", (error: unknown) => {
    const { exitCode } = output.failure(error);
    process.exit(exitCode);
  });
}
