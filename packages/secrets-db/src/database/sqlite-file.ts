import { chmodSync, closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Logger } from "@archestra/secrets-core";
import { SecretsError } from "@archestra/secrets-core";

/**
 * Makes sure that the file exists, in a folder that exists, and that nobody but its owner can read it. SQLite gives
 * `-wal` and `-shm` the mode of the file.
 *
 * A folder that is made here is 0700; one that exists is the operator's and is left as it is.
 *
 * @throws SecretsError INVALID_CONFIGURATION when the folder or the file cannot be made or written
 */
export function prepareSqliteFile(path: string, logger: Logger): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, "a", 0o600));
  } catch (error) {
    throw unwritableFile(path, error);
  }
  restrictMode(path, logger);
}

/** What an operator can do about a database file that cannot be written. */
export function unwritableFile(path: string, cause: unknown): SecretsError {
  const code = (cause as { code?: unknown } | null)?.code;
  const why = typeof code === "string" && code !== "ERR_SQLITE_ERROR" ? ` (${code})` : "";
  return new SecretsError(
    "INVALID_CONFIGURATION",
    `The database file ${path} cannot be opened for writing${why}. Let this process write to the file and its folder, or name another file with ARCHESTRA_DATABASE_URL=sqlite:…`,
    { reason: "DATABASE_NOT_WRITABLE", cause },
  );
}

/** A file that came from elsewhere, such as a backup, may be open to everybody. */
function restrictMode(path: string, logger: Logger): void {
  const mode = statSync(path).mode & 0o777;
  if (process.platform === "win32" || (mode & 0o077) === 0) return;
  try {
    chmodSync(path, 0o600);
  } catch {
    logger.warn(
      { code: "ARCHESTRA_SECRETS_DATABASE_MODE", path, mode: mode.toString(8) },
      `The database file ${path} can be read by others (mode ${mode.toString(8)}), and this process may not change that. Run: chmod 600 ${path}`,
    );
  }
}
