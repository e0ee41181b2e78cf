import { type ExitCode, exitCodes } from "./exit-codes.ts";

/** A failure of a command that no package reports. Its message contains no value of a secret. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** Identifies the failure in the JSON output. */
  readonly code: string;
  readonly exitCode: ExitCode;

  constructor(code: string, message: string, exitCode: ExitCode = exitCodes.failure) {
    super(message);
    this.code = code;
    this.exitCode = exitCode;
  }
}
