import { randomUUID } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";
import { SecretsError } from "@archestra/secrets-core";
import { unwritableFile } from "./file-error.ts";

// To import `node:fs` takes two milliseconds, since all that it exports is loaded then.
const {
  accessSync,
  closeSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  statSync,
  unlinkSync,
} = process.getBuiltinModule("node:fs");

/**
 * Makes sure that the file exists, in a folder that exists. A folder that is made here is 0700 and a file 0600; what
 * exists is left as it is.
 *
 * A file that exists is never opened here, only by SQLite: closing any descriptor of it drops every POSIX lock that the
 * process holds on it, those of its open connections included. Another process that closes the database then assumes
 * that it is the last one and deletes the write-ahead log, with every secret in it.
 *
 * @param mayCreate false: the file must be there already
 * @throws SecretsError INVALID_CONFIGURATION when the folder or the file cannot be made or written; UNAVAILABLE when the
 * disk is full or the process has no descriptors left
 */
export function prepareSqliteFile(path: string, mayCreate: boolean): void {
  if (!mayCreate && !existsSync(path)) throw absentFile(path);
  try {
    makeFolder(dirname(path));
    if (!existsSync(path)) createFile(followLinks(path));
    const { R_OK, W_OK } = constants;
    accessSync(path, R_OK | W_OK);
  } catch (error) {
    throw unwritableFile(path, error);
  }
  assertRegularFile(path);
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
 * Makes an empty file that gets its name only after its descriptor is closed: another thread can open the database as
 * soon as it has its name, and closing the descriptor then would drop the locks of that connection.
 */
function createFile(path: string): void {
  const nameless = join(dirname(path), `.${basename(path)}-${randomUUID()}`);
  closeSync(openSync(nameless, "wx", 0o600));
  try {
    linkSync(nameless, path);
  } catch (error) {
    if (existsSync(path)) return;
    if (!hasNoLinks(error)) throw error;
    createInPlace(path);
  } finally {
    unlinkSync(nameless);
  }
}

/** Where a link leads, also one to a file that does not exist yet. */
function followLinks(path: string): string {
  const MOST_LINKS = 40;
  let target = path;
  for (let link = 0; link < MOST_LINKS; link++) {
    if (lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink() !== true) break;
    target = resolve(dirname(target), readlinkSync(target));
  }
  return target;
}

/** Whether the file system has no hard links, such as FAT or a shared folder of a virtual machine. */
function hasNoLinks(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EPERM" || code === "ENOTSUP" || code === "EOPNOTSUPP" || code === "ENOSYS";
}

function createInPlace(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (!existsSync(path)) throw error;
  }
}

/** SQLite would wait for ever at a named pipe, and take what a device holds for a database. */
function assertRegularFile(path: string): void {
  const status = statSync(path);
  if (status.isFile()) return;
  const cause = status.isDirectory() ? { code: "EISDIR" } : { code: "NOT_A_FILE" };
  throw unwritableFile(path, cause);
}

function absentFile(path: string): SecretsError {
  return new SecretsError(
    "INVALID_CONFIGURATION",
    `The database file ${path} does not exist, and this call may not create it. Correct the path in ARCHESTRA_DATABASE_URL; a relative one begins at the working directory. To create a new database there, run \`archestra-secrets schema migrate\`, or start one process of the application with ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP=true.`,
    { reason: "MIGRATIONS_PENDING" },
  );
}
