import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { CommandError } from "../program/command-error.ts";
import { exitCodes } from "../program/exit-codes.ts";

/** A command that runs, with the streams of this program. */
export class StartedCommand {
  readonly #child: ChildProcess;
  /** The exit code. A command that a signal ended has 128 and the number of the signal, as in a shell. */
  readonly ended: Promise<number>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.ended = new Promise((resolve) => {
      child.once("exit", (code, signal) =>
        resolve(code ?? 128 + (constants.signals[signal ?? "SIGKILL"] ?? 0)),
      );
    });
  }

  /**
   * Starts a command.
   *
   * @throws CommandError with 126 or 127 when it cannot be executed or does not exist
   */
  static async start(
    command: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<StartedCommand> {
    const [file = "", ...args] = command;
    try {
      const child = spawn(file, args, { env: { ...env }, stdio: "inherit" });
      const started = new StartedCommand(child);
      await once(child, "spawn");
      // A signal that the system refuses, such as to a program of another user, is lost.
      child.on("error", () => undefined);
      return started;
    } catch (error) {
      throw notExecuted(error);
    }
  }

  /** Passes a signal on. */
  pass(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends the command by SIGTERM, and by SIGKILL when it still runs after the time of grace, in milliseconds. */
  async stop(grace: number): Promise<number> {
    this.#child.kill("SIGTERM");
    const waiting = new AbortController();
    const late = sleep(grace, undefined, { signal: waiting.signal }).then(
      () => void this.#child.kill("SIGKILL"),
      () => undefined,
    );
    const exitCode = await this.ended;
    waiting.abort();
    await late;
    return exitCode;
  }
}

/** The error of Node contains the arguments. */
function notExecuted(error: unknown): CommandError {
  const { code = "unknown error" } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") {
    return new CommandError(
      "COMMAND_NOT_FOUND",
      "The command does not exist. Correct its name or PATH.",
      exitCodes.commandNotFound,
    );
  }
  const remedy =
    code === "E2BIG"
      ? "Its arguments and variables are longer than the system allows. Give it fewer or shorter variables."
      : "Make the file executable, or name another one.";
  return new CommandError(
    "COMMAND_NOT_EXECUTABLE",
    `The command cannot be executed (${code}). ${remedy}`,
    exitCodes.notExecutable,
  );
}
