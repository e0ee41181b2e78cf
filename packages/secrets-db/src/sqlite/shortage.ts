import { devNull } from "node:os";
import { dirname } from "node:path";
import { SecretsError } from "@archestra/secrets-core";
import { resultCodes, sqliteResultCode } from "./error.ts";

const { closeSync, openSync, statfsSync } = process.getBuiltinModule("node:fs");

/** For the file, `-wal`, `-shm`, and the folder, which is opened to make a new name in it durable. */
const DESCRIPTORS_NEEDED = 4;

/** A resource that the machine has run out of. */
export type Shortage = "DISK_FULL" | "NO_INODES" | "NO_DESCRIPTORS";

const errors: Readonly<Record<string, Shortage | undefined>> = {
  ENOSPC: "DISK_FULL",
  EDQUOT: "DISK_FULL",
  EMFILE: "NO_DESCRIPTORS",
  ENFILE: "NO_DESCRIPTORS",
};

/**
 * Finds the resource that ran out when a statement or the opening of a file failed. SQLite only reports that it cannot open
 * or extend a file, so the machine is asked.
 *
 * @param path the database file. Undefined: not known
 * @returns undefined when the cause is another
 */
export function findShortage(path: string | undefined, error: unknown): Shortage | undefined {
  const known = errors[String((error as { code?: unknown } | null)?.code)];
  const { files = 0, ffree, blocks = 0, bavail } = fileSystem(path) ?? {};
  // Without any inodes in total, the file system makes them as it needs them.
  const hasNoInodes = files > 0 && ffree === 0;
  if (known === "DISK_FULL" && hasNoInodes) return "NO_INODES";
  if (known !== undefined) return known;
  const code = sqliteResultCode(error);
  if (code === resultCodes.SQLITE_FULL) return "DISK_FULL";
  if (code !== resultCodes.SQLITE_CANTOPEN && code !== resultCodes.SQLITE_IOERR) return undefined;
  if (hasNoDescriptors()) return "NO_DESCRIPTORS";
  if (hasNoInodes) return "NO_INODES";
  return blocks > 0 && bavail === 0 ? "DISK_FULL" : undefined;
}

/** The error with its remedy. The statement was rolled back. */
export function shortageError(shortage: Shortage, path: string | undefined, cause: unknown): SecretsError {
  const folder = path === undefined ? "of the SQLite database" : `of ${dirname(path)}`;
  const messages: Readonly<Record<Shortage, string>> = {
    DISK_FULL: `The disk ${folder} is full, or its quota is used up. Nothing was changed. Free space there, or make the volume larger. Processes that have the database open can still read; to open it takes some space.`,
    NO_INODES: `The file system ${folder} has no inodes left, so SQLite cannot create its files. Nothing was changed. Delete files that are not needed (\`df -i\` shows the number left).`,
    NO_DESCRIPTORS:
      "This process or the machine has no file descriptors left, so SQLite cannot open its files. Nothing was changed. Raise the limit (`ulimit -n`, `LimitNOFILE=`), or find out what keeps so many files and connections open (`ls /proc/PID/fd`).",
  };
  return new SecretsError("UNAVAILABLE", messages[shortage], { reason: shortage, cause });
}

/**
 * Whether the files of a database could not be opened: SQLite has given back those that it had when it failed. `/dev/null`
 * is opened to find out, never a file of the database: closing it would drop the locks on it.
 */
function hasNoDescriptors(): boolean {
  const taken: number[] = [];
  try {
    while (taken.length < DESCRIPTORS_NEEDED) taken.push(openSync(devNull, "r"));
    return false;
  } catch (error) {
    return errors[String((error as NodeJS.ErrnoException).code)] === "NO_DESCRIPTORS";
  } finally {
    for (const descriptor of taken) closeSync(descriptor);
  }
}

function fileSystem(path: string | undefined): ReturnType<typeof statfsSync> | undefined {
  if (path === undefined) return undefined;
  try {
    return statfsSync(dirname(path));
  } catch {
    return undefined;
  }
}
