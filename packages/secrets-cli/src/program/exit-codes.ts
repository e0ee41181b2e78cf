/** The exit codes of the program. `run` passes the exit code of the command on instead. */
export const exitCodes = Object.freeze({
  /** The command succeeded; `doctor`: healthy. */
  success: 0,
  /** The command failed; `doctor`: degraded. */
  failure: 1,
  /** `doctor`: broken. */
  broken: 2,
  /** The secret does not exist. */
  notFound: 3,
  /** The arguments are wrong. Nothing was done. The number is EX_USAGE of sysexits.h. */
  usage: 64,
  /** `run`: the program itself failed before it started the command, as in `docker run`. */
  notStarted: 125,
  /** `run`: the command exists and cannot be executed, as in `docker run`. */
  notExecutable: 126,
  /** `run`: the command does not exist, as in `docker run`. */
  commandNotFound: 127,
  /** The program was interrupted by SIGINT. */
  interrupted: 130,
  /** The reader of the standard output closed it, such as `head`. The number is that of a program that SIGPIPE ended. */
  outputClosed: 141,
  /** The program was ended by SIGTERM. */
  terminated: 143,
} as const);

/** One of the exit codes of the program. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
