import { fileURLToPath } from "node:url";

export interface SqliteLocation {
  readonly dialect: "sqlite";
  /** The file, absolute or relative to the working directory. Undefined: a database in memory, for tests. */
  readonly path: string | undefined;
}

/**
 * Parses the URL of a SQLite database.
 *
 * @param rest the URL without its scheme
 * @returns the location, or what is wrong with the URL in a message that does not quote it
 */
export function parseSqliteUrl(rest: string): SqliteLocation | string {
  if (rest === ":memory:") return { dialect: "sqlite", path: undefined };
  if (/[?#]/.test(rest))
    return "has a query or a fragment, which is not supported; escape `?` as %3F and `#` as %23";
  let path: string;
  try {
    path = rest.startsWith("//") ? fileURLToPath(`file:${rest}`) : decodeURIComponent(rest);
  } catch {
    return "cannot be read as a path; an absolute path needs three slashes, and `%` is written %25";
  }
  if (path === "" || path.endsWith("/") || path.includes("\0")) return "names no file";
  return { dialect: "sqlite", path };
}
