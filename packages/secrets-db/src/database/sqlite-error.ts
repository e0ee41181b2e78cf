import type { SecretsErrorCode } from "@archestra/secrets-core";

/** Primary result codes of SQLite (https://sqlite.org/rescode.html) and what they mean to a caller. */
const codes: Readonly<Record<number, SecretsErrorCode>> = {
  3: "PERMISSION_DENIED", // SQLITE_PERM
  5: "UNAVAILABLE", // SQLITE_BUSY
  6: "UNAVAILABLE", // SQLITE_LOCKED
  8: "PERMISSION_DENIED", // SQLITE_READONLY
  10: "UNAVAILABLE", // SQLITE_IOERR
  13: "UNAVAILABLE", // SQLITE_FULL
  14: "UNAVAILABLE", // SQLITE_CANTOPEN
  18: "INVALID_ARGUMENT", // SQLITE_TOOBIG
  23: "PERMISSION_DENIED", // SQLITE_AUTH
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

/** The primary result code, without the bits that extend it. */
export function sqliteResultCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === "number" ? code & 0xff : undefined;
}
