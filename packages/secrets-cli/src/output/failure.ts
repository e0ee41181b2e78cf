import { ConfigurationError, isSecretsError } from "@archestra/secrets-core";
import type { JsonValue } from "@archestra/secrets-core/plugin";
import { CommandError } from "../program/command-error.ts";
import { type ExitCode, exitCodes } from "../program/exit-codes.ts";
import { NotStartedError } from "../program/not-started-error.ts";
import { UsageError } from "../program/usage-error.ts";

/** Why a command failed, for a person and for a program. */
export interface Failure {
  readonly exitCode: ExitCode;
  /** The first line is the message, the others are details. */
  readonly lines: readonly string[];
  readonly json: { readonly [key: string]: JsonValue };
}

/** Describes a failure. The message of an unknown error can quote a value, so it is not shown. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof NotStartedError) {
    const cause = describeFailure(error.cause);
    return cause.exitCode === exitCodes.usage ? cause : { ...cause, exitCode: exitCodes.notStarted };
  }
  if (error instanceof UsageError) {
    return failure(exitCodes.usage, error.message.split("\n"), { code: "USAGE", message: error.message });
  }
  if (error instanceof CommandError) {
    const { code, message } = error;
    return failure(error.exitCode, message.split("\n"), { code, message });
  }
  if (isSecretsError(error)) {
    const { code, reason, message, retryable, manager } = error;
    const exitCode = code === "NOT_FOUND" ? exitCodes.notFound : exitCodes.failure;
    const label = [code, reason].filter((part) => part !== undefined).join(", reason ");
    return failure(exitCode, [...message.split("\n"), `Code: ${label}.`], {
      code,
      ...(reason === undefined ? {} : { reason }),
      message,
      retryable,
      ...(manager === undefined ? {} : { manager }),
      ...(error instanceof ConfigurationError
        ? { issues: error.issues.map((issue) => ({ ...issue }) as { [key: string]: JsonValue }) }
        : {}),
    });
  }
  const { name, code, message: hidden = "", stack = "" } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  // A line of the message can look like one of the stack.
  const frames = stack
    .replaceAll(hidden, "")
    .split("\n")
    .filter((line) => line.startsWith("    at "));
  const label = identifier(code) === undefined ? "" : ` (${code})`;
  const message = `An unexpected ${identifier(name) ?? "Error"}${label} ended the command. This is a bug; please report it with the lines below.`;
  return failure(exitCodes.failure, [message, ...frames.map((frame) => frame.trim())], {
    code: "INTERNAL",
    message,
  });
}

/** A text that a plugin chose is shown only if it is a name, such as `ERR_INVALID_URL`. */
function identifier(text: unknown): string | undefined {
  return typeof text === "string" && /^[A-Za-z][A-Za-z_]{0,63}$/.test(text) ? text : undefined;
}

function failure(exitCode: ExitCode, lines: string[], json: Failure["json"]): Failure {
  return { exitCode, lines, json };
}
