import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { onTestFinished } from "vitest";

/** A row as another program sees it. */
export interface RawRow {
  readonly id: string;
  readonly name: string;
  readonly value: string;
  readonly key_id: string | null;
  readonly version: number;
  readonly updated_at: number;
}

/** A second connection, as an operator's or an application's. It is closed when the test ends, unless the test did so. */
export function openRaw(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  onTestFinished(() => {
    if (database.isOpen) database.close();
  });
  return database;
}

/** Runs statements on a connection that is gone afterwards. */
export function execute(file: string, sql: string, ...parameters: SQLInputValue[]): void {
  query(file, sql, ...parameters);
}

/** The rows that a statement gives. */
export function query<Row>(file: string, sql: string, ...parameters: SQLInputValue[]): Row[] {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  try {
    return database.prepare(sql).all(...parameters) as Row[];
  } finally {
    database.close();
  }
}

/** The row of one secret. */
export function rawRow(file: string, name: string): RawRow {
  const [row] = query<RawRow>(file, "SELECT * FROM archestra_secrets WHERE name = ?", name);
  if (row === undefined) throw new Error(`There is no row of the name ${name}.`);
  return row;
}

/** Everything in the database, table by table. Empty: there is no file, or nothing in it. */
export function dump(file: string): Record<string, unknown[]> {
  if (!existsSync(file) || statSync(file).size === 0) return {};
  const tables = query<{ name: string }>(
    file,
    "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
  );
  return Object.fromEntries(
    tables.map(({ name }) => [name, query(file, `SELECT * FROM "${name}" ORDER BY 1`)] as const),
  );
}

/** Every file of a folder with its mode and content, so that two states can be compared. */
export function folderState(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const mode = modeOf(path);
      return [path, entry.isFile() ? `${mode} ${readFileSync(path).toString("base64")}` : mode];
    }),
  );
}

/** The permission bits of a file, in octal. */
export function modeOf(path: string): string {
  return (lstatSync(path).mode & 0o777).toString(8);
}

/** Which of the three files of a database hold a text. */
export function filesThatHold(file: string, text: string): string[] {
  return filesThatHoldEach(file, [text])[0] ?? [];
}

/** The same for many texts. Another process reads the files: one that has the database open would drop its locks. */
export function filesThatHoldEach(file: string, texts: readonly string[]): string[][] {
  const contents = ["", "-wal", "-shm"]
    .filter((suffix) => existsSync(file + suffix))
    .map((suffix) => ({ suffix, bytes: execFileSync("cat", [file + suffix], { maxBuffer: 2 ** 30 }) }));
  return texts.map((text) =>
    contents.filter(({ bytes }) => bytes.includes(text)).map(({ suffix }) => suffix),
  );
}
