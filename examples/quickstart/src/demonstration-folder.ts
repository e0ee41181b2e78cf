import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const folder = join(import.meta.dirname, "..", ".data");

/** The paths of all files that a run writes. */
export interface DemonstrationFolder {
  /** The folder that contains only the database. */
  readonly databaseFolder: string;
  /** The database file. */
  readonly databaseFile: string;
  /** The database file as a value of `ARCHESTRA_DATABASE_URL`. */
  readonly databaseUrl: string;
  /** The database of an application that stores its secrets in plaintext. */
  readonly oldDatabaseFile: string;
}

/** Deletes the folder `.data` of this example, with the files of an earlier run, and creates it again. */
export function createDemonstrationFolder(): DemonstrationFolder {
  rmSync(folder, { recursive: true, force: true });
  const databaseFolder = join(folder, "database");
  mkdirSync(databaseFolder, { recursive: true, mode: 0o700 });
  const databaseFile = join(databaseFolder, "secrets.db");
  return {
    databaseFolder,
    databaseFile,
    databaseUrl: pathToFileURL(databaseFile).href,
    oldDatabaseFile: join(folder, "old-application.db"),
  };
}
