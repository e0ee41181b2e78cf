import { refused, settingSchema } from "@archestra/secrets-core/plugin";
import { type PostgresLocation, parsePostgresUrl } from "../postgres/url.ts";
import { parseSqliteUrl, type SqliteLocation } from "../sqlite/url.ts";

/** Where a database is, as `ARCHESTRA_DATABASE_URL` says it. */
export type DatabaseLocation = SqliteLocation | PostgresLocation;

/** The accepted forms of a URL, for messages and the docs. */
export const acceptedUrls =
  "`postgres://user:password@host/database`, `sqlite:secrets.db` or `file:secrets.db` for a path relative to the working directory, `sqlite:///var/lib/app/secrets.db` for an absolute one";

/**
 * Parses `ARCHESTRA_DATABASE_URL`. Percent escapes are decoded. A query holds the parameters of a PostgreSQL connection,
 * and is refused for SQLite, which would take its options from there.
 */
export const databaseUrl = settingSchema<string, DatabaseLocation>((input) => {
  const location = typeof input === "string" ? parseDatabaseUrl(input.trim()) : "must be a string";
  return typeof location === "string" ? refused(location) : { value: location };
});

const otherDatabases = new Set(["mysql", "mariadb", "mssql", "mongodb", "libsql", "http", "https"]);

/** The location, or what is wrong with the URL in a message that does not quote it: it may hold a password. */
function parseDatabaseUrl(url: string): DatabaseLocation | string {
  if (/^["'`]/.test(url)) {
    return "is in quotes, which count as a part of it here: `docker --env-file` and Kubernetes pass them on. Remove the quotes";
  }
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) return "has no scheme";
  if (scheme === "postgres" || scheme === "postgresql") return parsePostgresUrl(url);
  if (scheme !== "sqlite" && scheme !== "file") {
    // The text before the first colon may be a password; these can only be schemes.
    return otherDatabases.has(scheme)
      ? `has the scheme \`${scheme}:\`, which is not supported`
      : "has an unknown scheme";
  }
  return parseSqliteUrl(url.slice(scheme.length + 1));
}
