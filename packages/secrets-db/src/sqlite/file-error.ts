import { dirname } from "node:path";
import { SecretsError } from "@archestra/secrets-core";
import { findShortage, shortageError } from "./shortage.ts";

const problems: Readonly<Record<string, string>> = {
  EISDIR: "It is a folder: add the name of a file",
  NOT_A_FILE: "It is a device, a pipe or a socket: correct the path",
  EEXIST: "A part of its path is a file, where a folder should be: correct the path",
  ENOTDIR: "A part of its path is a file, where a folder should be: correct the path",
  ENOENT: "A part of its path does not exist and cannot be made, or is a link to nowhere: correct the path",
  EROFS: "The file system is read-only: mount it for writing",
};

export function unwritableFile(path: string, cause: unknown): SecretsError {
  const shortage = findShortage(path, cause);
  if (shortage !== undefined) return shortageError(shortage, path, cause);
  const code = (cause as { code?: unknown } | null)?.code;
  const isErrno = typeof code === "string" && /^E[A-Z0-9]+$/.test(code);
  const why = problems[String(code)] ?? "Let this process write to the file and its folder";
  return new SecretsError(
    "INVALID_CONFIGURATION",
    `The database file ${path} cannot be opened for writing${isErrno ? ` (${code})` : ""}. ${why}, or name another file with ARCHESTRA_DATABASE_URL=sqlite:…`,
    { reason: "DATABASE_NOT_WRITABLE", cause },
  );
}

export function notADatabase(path: string | undefined, cause: unknown): SecretsError {
  return new SecretsError(
    "INVALID_CONFIGURATION",
    `The file ${path ?? "of the database"} is not a SQLite database, or its first page was overwritten. Nothing was written to it. ${restore(path)} Or name another file with ARCHESTRA_DATABASE_URL=sqlite:…`,
    { reason: "NOT_A_DATABASE", cause },
  );
}

/** A database whose pages contradict each other. */
export function damagedDatabase(path: string | undefined, cause: unknown): SecretsError {
  const place = path === undefined ? "SQLite database" : `SQLite database ${path}`;
  return new SecretsError(
    "INVALID_CONFIGURATION",
    `The ${place} is damaged: SQLite's integrity check fails. The encryption key is not the problem. ${restore(path)} If the file was restored just now, a write-ahead log of the database before it (-wal) may still be there: restore the file again without it.`,
    { reason: "DATABASE_DAMAGED", cause },
  );
}

/** The steps of a restoration, of which the second is the one that is forgotten. */
function restore(path: string | undefined): string {
  const file = path ?? "the file";
  const folder = path === undefined ? "" : ` in ${dirname(path)}`;
  return `To restore it: (1) stop every process that has it open, (2) move ${file} and its files -wal and -shm${folder} away, (3) copy the backup to ${file}, (4) start.`;
}
