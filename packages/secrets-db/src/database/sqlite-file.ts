import { dirname } from "node:path";
import type { Logger } from "@archestra/secrets-core";
import { SecretsError } from "@archestra/secrets-core";

// To import `node:fs` takes two milliseconds, since all that it exports is loaded then.
const { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } =
  process.getBuiltinModule("node:fs");

/**
 * Makes sure that the file exists, in a folder that exists. A folder that is made here is 0700 and a file 0600; what
 * exists is left as it is.
 *
 * @param mayCreate false: the file must be there already
 * @throws SecretsError INVALID_CONFIGURATION when the folder or the file cannot be made or written
 */
export function prepareSqliteFile(path: string, mayCreate: boolean): void {
  if (!mayCreate && !existsSync(path)) throw absentFile(path);
  try {
    makeFolder(dirname(path));
    closeSync(openSync(path, "a", 0o600));
  } catch (error) {
    throw unwritableFile(path, error);
  }
}

/** One level at a time: `recursive: true` never returns where a folder cannot be made, such as below `/proc`. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it in between.
    if (!existsSync(folder)) throw error;
  }
}

/**
 * Lets nobody but its owner read a database file that is open, such as one that came from a backup. SQLite gives `-wal`
 * and `-shm` the mode that the file has when it makes them, so those that are there are restricted with it.
 */
export function restrictModes(path: string, logger: Logger): void {
  if (process.platform === "win32") return;
  for (const file of [path, `${path}-wal`, `${path}-shm`]) restrictMode(file, logger);
}

const pathProblems: Readonly<Record<string, string>> = {
  EISDIR: "It is a folder: add the name of a file",
  EEXIST: "A part of its path is a file, where a folder should be: correct the path",
  ENOTDIR: "A part of its path is a file, where a folder should be: correct the path",
  ENOENT: "A part of its path does not exist and cannot be made, or is a link to nowhere: correct the path",
  EROFS: "The file system is read-only: mount it for writing",
};

/** What an operator can do about a database file that cannot be written. */
export function unwritableFile(path: string, cause: unknown): SecretsError {
  const code = (cause as { code?: unknown } | null)?.code;
  const shown = typeof code === "string" && code !== "ERR_SQLITE_ERROR" ? ` (${code})` : "";
  const why = pathProblems[String(code)] ?? "Let this process write to the file and its folder";
  return new SecretsError(
    "INVALID_CONFIGURATION",
    `The database file ${path} cannot be opened for writing${shown}. ${why}, or name another file with ARCHESTRA_DATABASE_URL=sqlite:…`,
    { reason: "DATABASE_NOT_WRITABLE", cause },
  );
}

function restrictMode(path: string, logger: Logger): void {
  const mode = (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o777;
  if ((mode & 0o077) === 0) return;
  try {
    chmodSync(path, 0o600);
  } catch {
    logger.warn(
      { code: "ARCHESTRA_SECRETS_DATABASE_MODE", path, mode: mode.toString(8) },
      `The database file ${path} can be read by others (mode ${mode.toString(8)}), and this process may not change that. Run: chmod 600 ${path}`,
    );
  }
}

function absentFile(path: string): SecretsError {
  return new SecretsError(
    "INVALID_CONFIGURATION",
    `The database file ${path} does not exist, and ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP is false. Correct the path in ARCHESTRA_DATABASE_URL, or start one process with ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP=true, which makes it.`,
    { reason: "MIGRATIONS_PENDING" },
  );
}
