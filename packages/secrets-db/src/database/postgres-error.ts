import type { SecretsErrorCode } from "@archestra/secrets-core";

/** SQLSTATEs (https://www.postgresql.org/docs/current/errcodes-appendix.html), whole or by class, and what they mean to a caller. */
const codes: Readonly<Record<string, SecretsErrorCode>> = {
  "08": "UNAVAILABLE", // connection exception
  "22": "INVALID_ARGUMENT", // data exception
  "25006": "PERMISSION_DENIED", // read-only transaction, such as on a standby
  "28": "UNAUTHENTICATED",
  "3D": "INVALID_CONFIGURATION", // no such database
  "40": "UNAVAILABLE", // rolled back for another transaction's sake, again and again
  "42501": "PERMISSION_DENIED",
  "53": "UNAVAILABLE", // insufficient resources
  "55": "UNAVAILABLE", // a lock is not to be had
  "57": "UNAVAILABLE", // shut down, or the statement took too long
};

/** What Node says of a connection that cannot be made: nothing was sent. */
const unreachable = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EACCES",
]);
const interrupted = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT", "ECONNABORTED"]);
/** Without a code; `pg` says them in these words. */
const neverConnected =
  /timeout exceeded when trying to connect|connection timeout|timeout expired|Cannot use a pool after/i;
const terminated = /Connection terminated|Client has encountered a connection error|not queryable/i;

/** The code of an error of PostgreSQL or of its client. Undefined: it is neither. */
export function classifyPostgresError(error: unknown): SecretsErrorCode | undefined {
  const state = sqlState(error);
  if (state !== undefined) return codes[state] ?? codes[state.slice(0, 2)];
  return isUnreachable(error) || isInterrupted(error) ? "UNAVAILABLE" : undefined;
}

/** Whether the statement was rolled back because another transaction was in the way, and can be repeated. */
export function isRolledBackForAnother(error: unknown): boolean {
  const state = sqlState(error);
  return state === "40001" || state === "40P01";
}

export function isUndefinedTable(error: unknown): boolean {
  return sqlState(error) === "42P01";
}

/**
 * Whether the server may have carried out the statement all the same: the connection broke while the answer was awaited.
 * An error that the server itself reports means that it rolled back, except that it was shut down meanwhile.
 */
export function mayHaveHappened(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return state.startsWith("08") || state.startsWith("57P");
  return !isUnreachable(error) && isInterrupted(error);
}

function isUnreachable(error: unknown): boolean {
  return (
    unreachable.has(String(property(error, "code"))) ||
    neverConnected.test(String(property(error, "message")))
  );
}

function isInterrupted(error: unknown): boolean {
  return (
    interrupted.has(String(property(error, "code"))) || terminated.test(String(property(error, "message")))
  );
}

function sqlState(error: unknown): string | undefined {
  const code = property(error, "code");
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code) ? code : undefined;
}

function property(error: unknown, name: string): unknown {
  return (error as Record<string, unknown> | null)?.[name];
}
