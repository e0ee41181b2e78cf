import type { SecretsErrorCode } from "@archestra/secrets-core";
import type { FailureCondition } from "../database/dialect.ts";

/** Primary result codes of SQLite (https://sqlite.org/rescode.html) by the names that some clients give. */
export const resultCodes = {
  SQLITE_ERROR: 1,
  SQLITE_PERM: 3,
  SQLITE_BUSY: 5,
  SQLITE_LOCKED: 6,
  SQLITE_READONLY: 8,
  SQLITE_IOERR: 10,
  SQLITE_CORRUPT: 11,
  SQLITE_FULL: 13,
  SQLITE_CANTOPEN: 14,
  SQLITE_TOOBIG: 18,
  SQLITE_CONSTRAINT: 19,
  SQLITE_AUTH: 23,
  SQLITE_NOTADB: 26,
} as const;

/** Their codes. */
const codes: Readonly<Record<number, SecretsErrorCode>> = {
  3: "PERMISSION_DENIED",
  5: "UNAVAILABLE",
  6: "UNAVAILABLE",
  8: "PERMISSION_DENIED",
  10: "UNAVAILABLE",
  11: "INVALID_CONFIGURATION",
  13: "UNAVAILABLE",
  14: "UNAVAILABLE",
  18: "INVALID_ARGUMENT",
  23: "PERMISSION_DENIED",
  26: "INVALID_CONFIGURATION",
};

/** The code of an error that SQLite threw. Undefined: it is not one of SQLite, or says nothing that a caller could use. */
export function classifySqliteError(error: unknown): SecretsErrorCode | undefined {
  const code = sqliteResultCode(error);
  return code === undefined ? undefined : codes[code];
}

/**
 * The condition of an error. A transaction that has read rows which another connection changed since then cannot write: its
 * snapshot is too old. A plain BUSY leaves the transaction as it was.
 */
export function sqliteCondition(error: unknown): FailureCondition | undefined {
  const SQLITE_BUSY_SNAPSHOT = 517;
  const { errcode, code } = (error ?? {}) as { errcode?: unknown; code?: unknown };
  switch (sqliteResultCode(error)) {
    case resultCodes.SQLITE_BUSY:
      return errcode === SQLITE_BUSY_SNAPSHOT || code === "SQLITE_BUSY_SNAPSHOT" ? "rolled-back" : "busy";
    case resultCodes.SQLITE_LOCKED:
      return "rolled-back";
    case resultCodes.SQLITE_ERROR:
      return "missing-table";
    default:
      return undefined;
  }
}

/** Whether opening a file failed because another connection held its lock. */
export function isBusy(error: unknown): boolean {
  const condition = sqliteCondition(error);
  return condition === "busy" || condition === "rolled-back";
}

/**
 * Whether the change may be there all the same. SQLite rolls back a statement that fails, but when writing or syncing the
 * write-ahead log failed, the next start may find the change in the log. An error without a result code did not come from SQLite,
 * but from a client that may reach a server.
 */
export function mayHaveHappened(error: unknown): boolean {
  const code = sqliteResultCode(error);
  return code === undefined || code === resultCodes.SQLITE_IOERR;
}

/**
 * The primary result code, without what extends it: `node:sqlite` has it as the number `errcode`, better-sqlite3 as the
 * name `code`, such as `SQLITE_BUSY_SNAPSHOT`, in an instance that an application brings.
 */
export function sqliteResultCode(error: unknown): number | undefined {
  const { errcode, code } = (error ?? {}) as { errcode?: unknown; code?: unknown };
  if (typeof errcode === "number") return errcode & 0xff;
  const primary = typeof code === "string" ? /^SQLITE_[A-Z]+/.exec(code)?.[0] : undefined;
  return primary === undefined ? undefined : (resultCodes as Readonly<Record<string, number>>)[primary];
}
