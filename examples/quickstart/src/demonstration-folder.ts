import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const folder = join(import.meta.dirname, "..", ".data");

/** Where everything lies that a run writes. */
export interface DemonstrationFolder {
  /** The folder that holds the database and nothing else. */
  readonly databaseFolder: string;
  /** The database file. */
  readonly databaseFile: string;
  /** The same as `ARCHESTRA_DATABASE_URL` wants it. */
  readonly databaseUrl: string;
  /** The database of an application that kept its secrets in plaintext. */
  readonly oldDatabaseFile: string;
}

/** Makes the folder `.data` of this example anew. What an earlier run left there is deleted, and nothing else. */
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
