/**
 * Identifies a foreign error without anything that it quotes.
 *
 * `JSON.parse` quotes its input, `new URL` keeps it, `pg` prints rows, HTTP clients keep tokens and bodies, and
 * validators quote values. Therefore the message, the stack and every other property are dropped.
 */
export interface SanitizedCause {
  /** The error's class, such as `TypeError`, if it has the form of an identifier. */
  readonly name: string;
  /** The error's own code, such as `ECONNREFUSED` or a driver's number, if it has the form of a code. */
  readonly code?: string | number;
  /** The HTTP status, if the error has one. */
  readonly status?: number;
}

const identifier = /^[A-Za-z_][A-Za-z0-9_.]{0,63}$/;
const errorCode = /^[A-Z0-9][A-Z0-9_]{0,47}$/;

/** Copies what is safe to show, log and serialize of a foreign error. */
export function sanitizeCause(error: unknown): SanitizedCause {
  const cause: { name: string; code?: string | number; status?: number } = { name: "Error" };
  if (typeof error !== "object" || error === null) return { name: typeof error };
  const name = readProperty(error, "name");
  if (typeof name === "string" && identifier.test(name)) cause.name = name;
  const code = readProperty(error, "code");
  if (typeof code === "number" || (typeof code === "string" && errorCode.test(code))) cause.code = code;
  const status = readProperty(error, "status") ?? readProperty(error, "statusCode");
  if (typeof status === "number") cause.status = status;
  return cause;
}

/** Reads a property of a thrown value. A getter of a foreign object may throw; then the property counts as absent. */
export function readProperty(thrown: unknown, key: string): unknown {
  try {
    return (thrown as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}
