import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import type { SqliteDatabase } from "kysely";
import { adaptDatabase } from "./connection.ts";

const { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } = process.getBuiltinModule("node:fs");

/** A larger database is not copied. */
const MOST_BYTES_COPIED = 64 * 1024 * 1024;

/** A database file that is open and cannot be written. */
export interface ReadOnlyDatabase {
  readonly database: SqliteDatabase;
  /** Removes the copy that was read, if it was one. Called after the database is closed. */
  readonly clean: () => void;
}

/**
 * Opens a database file so that neither it nor its folder changes. SQLite itself makes `-wal` and `-shm` beside a file in WAL
 * mode, even to read it, and a reader does not delete them.
 *
 * @param file of the file itself, not of a link to it
 * @throws the error of SQLite
 */
export function openReadOnly(file: string): ReadOnlyDatabase {
  const nothing = () => {};
  const log = statSync(`${file}-wal`, { throwIfNoEntry: false });
  const isLogEmpty = log === undefined || log.size === 0;
  // Another process has it open, so both files are there already.
  if (existsSync(`${file}-shm`)) {
    const database = isLogEmpty ? (openIfReadable(file) ?? openImmutable(file)) : open(file);
    return { database, clean: nothing };
  }
  // No process has it open, and everything is in the file.
  if (isLogEmpty) return { database: openImmutable(file), clean: nothing };
  // A process died, or a backup has both files. Reading the log makes `-shm`.
  if (statSync(file).size + log.size > MOST_BYTES_COPIED) return { database: open(file), clean: nothing };
  const folder = mkdtempSync(join(tmpdir(), "archestra-secrets-"));
  const clean = () => rmSync(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, basename(file));
    copyFileSync(file, copy);
    copyFileSync(`${file}-wal`, `${copy}-wal`);
    return { database: open(copy), clean };
  } catch (error) {
    clean();
    throw error;
  }
}

function open(path: string | URL): SqliteDatabase {
  return adaptDatabase(new DatabaseSync(path, { readOnly: true }));
}

/** On a full disk, a process that could not open the database leaves `-shm` incomplete, which no process can complete. */
function openIfReadable(file: string): SqliteDatabase | undefined {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    database.exec("SELECT 1 FROM sqlite_schema LIMIT 1");
    return adaptDatabase(database);
  } catch {
    database.close();
    return undefined;
  }
}

function openImmutable(file: string): SqliteDatabase {
  const url = pathToFileURL(file);
  url.searchParams.set("immutable", "1");
  return open(url);
}
