import { fileURLToPath } from "node:url";
import type { StandardSchema } from "@archestra/secrets-core/plugin";
import { type PostgresLocation, parsePostgresUrl } from "../postgres/url.ts";

/** Where a database is, as `ARCHESTRA_DATABASE_URL` says it. */
export type DatabaseLocation = SqliteLocation | PostgresLocation;

/** A SQLite database. */
export interface SqliteLocation {
  readonly dialect: "sqlite";
  /** The file, absolute or relative to the working directory. Undefined: a database in memory, for tests. */
  readonly path: string | undefined;
}

/** What a URL may look like, for messages and the docs. */
export const acceptedUrls =
  "`postgres://user:password@host/database`, `sqlite:secrets.db` or `file:secrets.db` for a path relative to the working directory, `sqlite:///var/lib/app/secrets.db` for an absolute one";

/**
 * Parses `ARCHESTRA_DATABASE_URL`. Percent escapes are decoded. A query holds the parameters of a PostgreSQL connection,
 * and is refused for SQLite, which would take its options from there.
 */
export const databaseUrl: StandardSchema<string, DatabaseLocation> = {
  "~standard": {
    version: 1,
    vendor: "archestra",
    validate: (input) => {
      const parsed = typeof input === "string" ? parseDatabaseUrl(input.trim()) : "must be a string";
      return typeof parsed === "string" ? { issues: [{ message: parsed }] } : { value: parsed };
    },
  },
};

const otherDatabases = new Set(["mysql", "mariadb", "mssql", "mongodb", "libsql", "http", "https"]);

/** The location, or what is wrong with the URL in words that do not quote it: it may hold a password. */
function parseDatabaseUrl(url: string): DatabaseLocation | string {
  if (/^["'`]/.test(url)) {
    return "is in quotes, which count as a part of it here: `docker --env-file` and Kubernetes pass them on. Remove the quotes";
  }
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) return "has no scheme";
  if (scheme === "postgres" || scheme === "postgresql") return parsePostgresUrl(url);
  if (scheme !== "sqlite" && scheme !== "file") {
    // What stands before the first colon may be a password; these can only be schemes.
    return otherDatabases.has(scheme)
      ? `has the scheme \`${scheme}:\`, which is not supported`
      : "has an unknown scheme";
  }
  return parseSqliteUrl(url.slice(scheme.length + 1));
}

/** @param rest what follows the scheme */
function parseSqliteUrl(rest: string): SqliteLocation | string {
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
