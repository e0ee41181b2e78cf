import { type Parameters, readParameters } from "./parameters.ts";

/** A PostgreSQL database, and how to connect to it. */
export interface PostgresLocation {
  readonly dialect: "postgres";
  /** The text for `pg-connection-string`: with the user, the password and the TLS parameters. */
  readonly url: string;
  /** A host name, an address, or the folder of a socket. Undefined: the default of `pg`. */
  readonly host: string | undefined;
  /** Undefined: the default of `pg`. */
  readonly port: number | undefined;
  /** Undefined: the default of `pg`, a database with the name of the user. */
  readonly database: string | undefined;
  /** The schema that holds our tables. Undefined: the first one of the connection's `search_path`. */
  readonly schema: string | undefined;
  /** The parameters in the URL's query, decoded and checked. */
  readonly parameters: Parameters;
}

const ESCAPES =
  "In each part of the URL, the password above all, write `@` as %40, `/` as %2F, `#` as %23, `?` as %3F and `%` as %25";

/**
 * Parses the URL of a PostgreSQL database.
 *
 * @returns the location, or what is wrong with the URL in a message that quotes no part of it: a password in which a character
 * is not percent-encoded can reach into every part
 */
export function parsePostgresUrl(text: string): PostgresLocation | string {
  const parts = /^[a-z]+:\/\/([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/is.exec(text);
  if (parts === null) return "does not begin with `postgres://`";
  const [, authority = "", path = "", query = "", fragment = ""] = parts;
  // An `@` ends the password. One that is behind the authority shows that a character of the password ended the authority.
  if ([path, query, fragment].some((part) => part.includes("@")))
    return `has an \`@\` behind its host: a character of the user or the password is not percent-encoded. ${ESCAPES}`;
  if (fragment !== "") return `has a fragment, which is not supported. ${ESCAPES}`;
  if (/\p{Cc}/u.test(text)) return "holds a control character, such as a line break or a tab";
  if (/%(?![0-9a-f]{2})/i.test(text)) return `holds a \`%\` that begins no percent escape. ${ESCAPES}`;
  const parameters = readParameters(query);
  if (typeof parameters === "string") return parameters;
  try {
    return locate(authority, path, parameters);
  } catch {
    return `holds a percent escape that is not UTF-8. ${ESCAPES}`;
  }
}

/** @throws URIError */
function locate(authority: string, path: string, parameters: Parameters): PostgresLocation | string {
  const end = authority.lastIndexOf("@");
  const [hostName, portName] = splitPort(authority.slice(end + 1));
  const host = parameters.get("host") ?? decodeURIComponent(hostName.replace(/^\[(.+)\]$/, "$1"));
  const port = parameters.get("port") ?? portName;
  if (host.includes(",") || port.includes(",")) {
    return "names several hosts, which `pg` does not support. Name one that always leads to the primary, such as a proxy, a pooler, or a DNS name that follows it";
  }
  if (!isHost(host))
    return `has a host that is not a name, an address, or the folder of a socket. ${ESCAPES}`;
  if (port !== "" && !isPort(port)) return `has a port that is not a number from 1 to 65535. ${ESCAPES}`;
  const database = decodeURIComponent(path.slice(1));
  const userinfo = end < 0 ? "" : authority.slice(0, end);
  const user = decodeURIComponent(userinfo.split(":", 1)[0] ?? "");
  const password = decodeURIComponent(
    userinfo.includes(":") ? userinfo.slice(userinfo.indexOf(":") + 1) : "",
  );
  return {
    dialect: "postgres",
    url: connectionString(user, password, parameters),
    host: host || undefined,
    port: port === "" ? undefined : Number(port),
    database: database || undefined,
    schema: parameters.get("schema"),
    parameters,
  };
}

/** Host and port; either can be empty. */
function splitPort(text: string): readonly [string, string] {
  const colon = text.startsWith("[") ? text.indexOf("]:") + 1 || text.length : text.indexOf(":");
  return colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1)];
}

/** Nothing else is printed in messages as a host. */
function isHost(host: string): boolean {
  if (host.startsWith("/")) return !host.includes("@");
  if (host === "" || /^[\p{L}\p{N}._-]+$/u.test(host)) return true;
  // A start on SQLite does not load the network.
  return process.getBuiltinModule("node:net").isIPv6(host);
}

function isPort(port: string): boolean {
  return /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535;
}

/**
 * A URL without what `pg-connection-string` does not know or reads in its own way: raw characters, which it escapes twice
 * in some cases, and the place of the database.
 */
function connectionString(user: string, password: string, parameters: Parameters): string {
  const credentials = [parameters.get("user") ?? user, parameters.get("password") ?? password].map(
    encodeURIComponent,
  );
  const tls = ["sslmode", "sslrootcert", "sslcert", "sslkey"].flatMap((name) => {
    const value = parameters.get(name);
    return value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`];
  });
  return `postgres://${credentials.join(":")}@/?${tls.join("&")}`;
}

/** Where the database is, for messages and `describe()`: only parts that were parsed and have the expected form. */
export function postgresPlace({ host, port, database }: PostgresLocation): string {
  const name =
    database === undefined
      ? "of the user"
      : /^[\p{L}\p{N}_.-]{1,63}$/u.test(database)
        ? database
        : "in the URL";
  const bracketed = host?.includes(":") && !host.startsWith("/") ? `[${host}]` : host;
  const place = bracketed ?? "the default host";
  return `the PostgreSQL database ${name} at ${place}${port === undefined ? "" : `:${port}`}`;
}
