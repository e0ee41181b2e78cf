/** Where warnings go, in the shape of pino: fields first, then the message. Never a value of a secret in either. */
export interface Logger {
  /**
   * @param fields machine-readable; `code` names the warning
   * @param message what is the matter and what to do
   */
  warn(fields: { readonly code: string; readonly [field: string]: unknown }, message: string): void;
}

/** The logger when none is given: `process.emitWarning` with the code, which Node prints to standard error. */
export const processWarnings: Logger = {
  warn({ code }, message) {
    process.emitWarning(message, { type: "SecretsWarning", code });
  },
};
