import { SecretsError, type SecretsErrorCode } from "@archestra/secrets-core";
import { errorProperty, sqlState } from "../database/sql-state.ts";
import { poolerProblems } from "./pooler-problems.ts";
import { tlsProblems } from "./tls-problems.ts";

/** A way in which a connection or a statement fails that an operator can end, or that ends by itself. */
export interface PostgresProblem {
  /** The SQLSTATEs of the server, whole or the first two characters, or the codes of Node. Absent: the text decides. */
  readonly codes?: readonly string[];
  /** A text in the message, which a server can also write in another language. Absent: the code decides. */
  readonly text?: RegExp;
  readonly code: SecretsErrorCode;
  readonly reason: string;
  /** The problem, with the database as the subject, and the remedy. */
  readonly remedy: string;
}

const noWrites =
  "accepts no writes: the server is a standby, or its transactions are read-only by default. Nothing was changed. Point ARCHESTRA_DATABASE_URL at the primary, or set `default_transaction_read_only` to off. Connections are opened again for the next call";

/** The first one that fits is taken. */
const problems: readonly PostgresProblem[] = [
  ...tlsProblems,
  ...poolerProblems,
  {
    text: /client password must be a (non-empty )?string|empty password returned by client/,
    code: "UNAUTHENTICATED",
    reason: "PASSWORD_MISSING",
    remedy:
      "asks for a password, and none is set. Write it into ARCHESTRA_DATABASE_URL: postgres://user:password@host/database",
  },
  { codes: ["25006"], code: "UNAVAILABLE", reason: "DATABASE_READ_ONLY", remedy: noWrites },
  {
    codes: ["28P01"],
    code: "UNAUTHENTICATED",
    reason: "PASSWORD_REFUSED",
    remedy: "refuses the user or the password. Correct them in ARCHESTRA_DATABASE_URL",
  },
  {
    codes: ["28"],
    code: "UNAUTHENTICATED",
    reason: "LOGIN_REFUSED",
    remedy:
      "refuses this user from this address. Correct the user in ARCHESTRA_DATABASE_URL, or let the server's administrator permit it in pg_hba.conf; where the server demands TLS, add `?sslmode=verify-full`",
  },
  {
    codes: ["3D000"],
    code: "INVALID_CONFIGURATION",
    reason: "DATABASE_MISSING",
    remedy: "does not exist on its server. Create it, or correct ARCHESTRA_DATABASE_URL",
  },
  {
    codes: ["3F000"],
    code: "INVALID_CONFIGURATION",
    reason: "SCHEMA_MISSING",
    remedy:
      "has no schema for the tables: none in the search_path of this user exists, or the user has no USAGE on it. Create one and grant USAGE and CREATE on it, or set the user's search_path: ALTER ROLE … SET search_path = …",
  },
  {
    codes: ["42P07"],
    code: "INVALID_CONFIGURATION",
    reason: "TABLE_EXISTS",
    remedy:
      "has a table or an index with a name that this package needs, and the tables of this package do not exist: their names begin with `archestra_secrets`. Rename or drop it, or use another database or schema",
  },
  {
    codes: ["ENOENT"],
    text: /^connect ENOENT /,
    code: "UNAVAILABLE",
    reason: "SOCKET_MISSING",
    remedy:
      "has no socket in that folder. Start the server, or correct the folder and the port in ARCHESTRA_DATABASE_URL",
  },
  {
    codes: ["53100"],
    code: "UNAVAILABLE",
    reason: "DISK_FULL",
    remedy:
      "has no free space on the disk of its server, or a quota is used up. Nothing was changed. Free space there, or make the volume larger. Reads succeed meanwhile",
  },
  {
    codes: ["53300"],
    code: "UNAVAILABLE",
    reason: "TOO_MANY_CONNECTIONS",
    remedy:
      "has no free connection. Close idle clients, raise max_connections, or place a pooler in front of the server",
  },
];

/**
 * Explains a problem with a PostgreSQL server or with the connection to it.
 *
 * @param error what `pg`, Node or the server reported
 * @param location where the database is, for the message
 * @returns an error with a code, a reason and a remedy. Undefined: the error is none of these
 */
export function explainPostgresError(
  error: unknown,
  location = "the PostgreSQL database",
): SecretsError | undefined {
  const problem = findProblem(error);
  if (problem === undefined) return undefined;
  const { code, reason, remedy } = problem;
  const subject = `${location[0]?.toUpperCase() ?? ""}${location.slice(1)}`;
  return new SecretsError(code, `${subject} ${remedy}.`, { reason, cause: error });
}

/** The code that {@link explainPostgresError} gives. */
export function postgresProblemCode(error: unknown): SecretsErrorCode | undefined {
  return findProblem(error)?.code;
}

function findProblem(error: unknown): PostgresProblem | undefined {
  const code = String(errorProperty(error, "code") ?? "");
  const state = sqlState(error);
  const message = String(errorProperty(error, "message") ?? "");
  return problems.find(
    ({ codes, text }) =>
      (codes === undefined || codes.includes(code) || codes.includes(state?.slice(0, 2) ?? "")) &&
      (text === undefined || (text.test(message) && mayQuote(state))),
  );
}

/** In the message of a statement that failed, a text can be one of the row's. */
function mayQuote(state: string | undefined): boolean {
  return state === undefined || /^(?:08|28|3D|53|57)/.test(state);
}
