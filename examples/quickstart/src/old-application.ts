import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The documented statement, which an application adapts to its own table. */
export const importSecretsStatement = readFileSync(join(import.meta.dirname, "import-secrets.sql"), "utf8");

/** Creates the database of an application that stores a password in plaintext. */
export function createOldApplication(file: string, password: string): void {
  const database = new DatabaseSync(file);
  database.exec("CREATE TABLE credentials (name TEXT PRIMARY KEY, password TEXT NOT NULL)");
  database.prepare("INSERT INTO credentials VALUES ('smtp', ?)").run(password);
  database.close();
}

/** Copies its secrets in plaintext to our table. */
export function importSecrets(oldFile: string, databaseFile: string): void {
  const database = new DatabaseSync(databaseFile);
  database.prepare("ATTACH ? AS old").run(oldFile);
  database.exec(importSecretsStatement);
  database.close();
}
