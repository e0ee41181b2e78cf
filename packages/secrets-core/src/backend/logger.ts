/** Machine-readable details of a message. They never contain the value of a secret. */
export interface LogFields {
  /** Identifies the kind of message, such as `ARCHESTRA_SECRETS_FALLBACK`. */
  readonly code: string;
  readonly [field: string]: unknown;
}

/**
 * Receives messages. Neither argument ever contains the value of a secret.
 *
 * An application can pass a logger of pino, winston, bunyan or Nest, `console`, or an object of its own. A logger with a
 * method `log`, as winston, `console` and Nest have, receives the message first and the fields second. Its successes go to
 * `info`, or to `log` if there is no `info`, as in Nest. Plugins always receive a logger that takes the fields first.
 */
export interface Logger {
  /**
   * Reports a problem to an operator.
   *
   * @param fields machine-readable details; `code` identifies the warning
   * @param message the problem and its remedy
   */
  warn(fields: LogFields, message: string): void;
  /**
   * Reports a success, such as the number of secrets that a rotation encrypted. Absent: successes are not reported.
   *
   * @param fields machine-readable details; `code` identifies the message
   * @param message the completed work
   */
  info?(fields: LogFields, message: string): void;
}

/** The default logger: `process.emitWarning` for warnings, which Node prints to standard error, and no successes. */
export const processWarnings: Logger = {
  warn({ code }, message) {
    process.emitWarning(message, { type: "SecretsWarning", code });
  },
};
