/**
 * What is kept of a foreign error: enough to look it up, nothing that it quoted.
 *
 * A driver's error is never kept itself. `JSON.parse` quotes its input, `new URL` keeps it, `pg` prints rows, HTTP
 * clients keep tokens and bodies, validators quote values: message, stack and every other property stay behind.
 */
export interface SanitizedCause {
  /** The error's class, such as `TypeError`, when it looks like an identifier. */
  readonly name: string;
  /** The error's own code, such as `ECONNREFUSED` or a driver's number, when it looks like one. */
  readonly code?: string | number;
  /** An HTTP status, when the error carries one. */
  readonly status?: number;
}

const identifier = /^[A-Za-z_][A-Za-z0-9_.]{0,63}$/;
const errorCode = /^[A-Z0-9][A-Z0-9_]{0,47}$/;

/** A copy of a foreign error that is safe to show, log and serialise. */
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

/** A getter of a foreign object may throw; then the property is as good as absent. */
function readProperty(object: object, key: string): unknown {
  try {
    return (object as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}
