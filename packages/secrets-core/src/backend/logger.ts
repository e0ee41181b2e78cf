/** What a message is about, machine-readable. Never a value of a secret. */
export interface LogFields {
  /** Names the kind of message, such as `ARCHESTRA_SECRETS_FALLBACK`. */
  readonly code: string;
  readonly [field: string]: unknown;
}

/**
 * Where messages go. Never a value of a secret in either argument.
 *
 * A logger that an application passes can be one of pino, winston, bunyan or Nest, `console`, or an object of its own. One
 * that has a method `log`, as winston, `console` and Nest have, is called with the message first and the fields second, which
 * is its order. Its successes go to `info`, or to `log` where there is no `info`, as in Nest. Plugins receive a logger that
 * takes the fields first, whatever the application passed.
 */
export interface Logger {
  /**
   * Reports what an operator has to know or do.
   *
   * @param fields machine-readable; `code` names the warning
   * @param message what is the matter and what to do
   */
  warn(fields: LogFields, message: string): void;
  /**
   * Reports a success, such as how many secrets a rotation encrypted. Absent: successes are not reported.
   *
   * @param fields machine-readable; `code` names the message
   * @param message what was done
   */
  info?(fields: LogFields, message: string): void;
}

/** The logger when none is given: warnings by `process.emitWarning`, which Node prints to standard error; no successes. */
export const processWarnings: Logger = {
  warn({ code }, message) {
    process.emitWarning(message, { type: "SecretsWarning", code });
  },
};
