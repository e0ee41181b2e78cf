import type { SecretsErrorCode } from "@archestra/secrets-core";

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

/** What they mean to a caller. */
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

/** Whether another connection held the lock: the statement did nothing and can be repeated. */
export function isBusy(error: unknown): boolean {
  const code = sqliteResultCode(error);
  return code === 5 || code === 6;
}

/**
 * The same for a statement of a transaction that goes on. It cannot when it has read what another connection changed since:
 * its snapshot is too old to be written on.
 */
export function isRepeatableInTransaction(error: unknown): boolean {
  const SQLITE_BUSY = 5;
  const SQLITE_BUSY_SNAPSHOT = 517;
  const { errcode, code } = (error ?? {}) as { errcode?: unknown; code?: unknown };
  const isSnapshot = errcode === SQLITE_BUSY_SNAPSHOT || code === "SQLITE_BUSY_SNAPSHOT";
  return sqliteResultCode(error) === SQLITE_BUSY && !isSnapshot;
}

/**
 * Whether the change may be there all the same. SQLite rolls back a statement that fails, but when writing or syncing the
 * write-ahead log failed, the next start may find the change in the log. What has no result code is no error of SQLite, but
 * of a client that may reach a server.
 */
export function mayHaveHappened(error: unknown): boolean {
  const SQLITE_IOERR = 10;
  const code = sqliteResultCode(error);
  return code === undefined || code === SQLITE_IOERR;
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
