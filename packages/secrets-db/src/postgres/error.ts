import type { SecretsErrorCode } from "@archestra/secrets-core";
import type { FailureCondition } from "../database/dialect.ts";
import { errorProperty, sqlState } from "../database/sql-state.ts";
import { postgresProblemCode } from "./problem.ts";

/** SQLSTATEs (https://www.postgresql.org/docs/current/errcodes-appendix.html), whole or by class, and what they mean to a caller. */
const codes: Readonly<Record<string, SecretsErrorCode>> = {
  "08": "UNAVAILABLE", // connection exception
  "22": "INVALID_ARGUMENT", // data exception
  "25006": "UNAVAILABLE", // read-only transaction, such as on a standby
  "28": "UNAUTHENTICATED",
  "3D": "INVALID_CONFIGURATION", // no such database
  "40": "UNAVAILABLE", // rolled back for another transaction's sake, again and again
  "42501": "PERMISSION_DENIED",
  "53": "UNAVAILABLE", // insufficient resources
  "55": "UNAVAILABLE", // a lock is not available
  "57": "UNAVAILABLE", // shut down, or the statement took too long
};

/** The codes of Node for a connection that cannot be made, or that broke. */
const connectionErrors = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EACCES",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ECONNABORTED",
]);
/** Calls of the operating system that come before anything is sent. */
const connectingCalls = new Set(["connect", "getaddrinfo"]);
/** Messages of `pg` for errors without a code. */
const neverConnected =
  /timeout exceeded when trying to connect|connection timeout|timeout expired|Cannot use a pool after/i;
const terminated =
  /Connection terminated|Client has encountered a connection error|not queryable|Query read timeout/i;

/** The code of an error of PostgreSQL or of its client. Undefined: it is neither. */
export function classifyPostgresError(error: unknown): SecretsErrorCode | undefined {
  const problem = postgresProblemCode(error);
  if (problem !== undefined) return problem;
  const state = sqlState(error);
  if (state !== undefined) return codes[state] ?? codes[state.slice(0, 2)];
  if (connectionErrors.has(String(errorProperty(error, "code"))) || isUnsent(error)) return "UNAVAILABLE";
  return terminated.test(String(errorProperty(error, "message"))) ? "UNAVAILABLE" : undefined;
}

/** SQLSTATEs on which this package acts. */
const conditions: Readonly<Record<string, FailureCondition>> = {
  "40001": "rolled-back",
  "40P01": "rolled-back",
  "25P02": "transaction-failed",
  "55P03": "lock-timeout",
  "57014": "cancelled",
  "25006": "no-writes",
  "42P01": "missing-table",
};

export function postgresCondition(error: unknown): FailureCondition | undefined {
  return conditions[sqlState(error) ?? ""];
}

/**
 * Whether the server may have carried out the statement all the same. An error that the server itself reports means that it
 * rolled back, except that it was shut down meanwhile; every other error leaves it open, unless it is of an attempt to
 * connect.
 */
export function mayHaveHappened(error: unknown): boolean {
  const state = sqlState(error);
  // PgBouncer kept the statement and passed it to no server.
  if (state === "08P01" && errorProperty(error, "message") === "query_wait_timeout") return false;
  if (state !== undefined) return state.startsWith("08") || state.startsWith("57P") || state === "40003";
  return !isUnsent(error);
}

/** Whether the error is one of an attempt to connect. The same codes can come from a connection that is in use. */
function isUnsent(error: unknown): boolean {
  return (
    connectingCalls.has(String(errorProperty(error, "syscall"))) ||
    neverConnected.test(String(errorProperty(error, "message")))
  );
}
