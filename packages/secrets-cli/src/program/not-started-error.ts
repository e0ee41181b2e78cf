/** A failure of `run` before it started the command. It is shown as its cause, with the exit code `notStarted`. */
export class NotStartedError extends Error {
  override readonly name = "NotStartedError";

  constructor(cause: unknown) {
    super("The command was not started.", { cause });
  }
}
