import type { PostgresProblem } from "./problem.ts";

const loginRefused = {
  code: "INVALID_CONFIGURATION",
  reason: "POOLER_LOGIN_REFUSED",
  remedy:
    "does not let PgBouncer log in. Correct the database, the user and the password in pgbouncer.ini and its auth_file; PgBouncer's log has the server's answer",
} as const;

/**
 * The errors of PgBouncer. Most have the SQLSTATE 08P01, a violation of the protocol, so that only the text distinguishes
 * them. Newer releases pass on the SQLSTATE of a login that the server refused.
 */
export const poolerProblems: readonly PostgresProblem[] = [
  {
    codes: ["08P01", "3D000"],
    text: /^no such database/,
    code: "INVALID_CONFIGURATION",
    reason: "DATABASE_MISSING",
    remedy:
      "is not known to PgBouncer. Add it to [databases] in pgbouncer.ini, or correct ARCHESTRA_DATABASE_URL",
  },
  {
    codes: ["08P01", "0A"],
    text: /^unsupported (options )?startup parameter/i,
    code: "INVALID_CONFIGURATION",
    reason: "STARTUP_PARAMETER_REFUSED",
    remedy:
      "is behind a PgBouncer that does not pass on a parameter of the connection. Remove `options`, `statement_timeout`, `lock_timeout` and `idle_in_transaction_session_timeout` from ARCHESTRA_DATABASE_URL and set them for the user (ALTER ROLE … SET …), or add the parameter to ignore_startup_parameters in pgbouncer.ini, which drops it",
  },
  {
    codes: ["08P01", "28", "3D"],
    text: /^server login (has been failing|failed).*(authentication failed|does not exist|no pg_hba\.conf entry|not permitted|password)/s,
    ...loginRefused,
  },
  {
    // The server's own message, passed on. Messages of PgBouncer itself name neither a user nor a database.
    codes: ["08P01"],
    text: /authentication failed for user|^(role|database) ".*" (does not exist|is not permitted to log in)$|pg_hba\.conf/s,
    ...loginRefused,
  },
  {
    codes: ["08", "53", "57"],
    text: /^server login (has been failing|failed)|^pgbouncer cannot connect to server|server conn crashed\?|client_login_timeout/,
    code: "UNAVAILABLE",
    reason: "POOLER_WITHOUT_SERVER",
    remedy:
      "cannot be reached by PgBouncer, which tries again by itself. Start the server, and see PgBouncer's log for what fails",
  },
  {
    codes: ["08P01", "53", "57"],
    text: /^no more connections allowed|connections exceeded|^query_wait_timeout|^too many .*connections/,
    code: "UNAVAILABLE",
    reason: "POOLER_BUSY",
    remedy:
      "is behind a PgBouncer without a free connection: all are in use, or the server does not answer it. Start the server, close idle clients, or raise max_client_conn, default_pool_size or query_wait_timeout in pgbouncer.ini",
  },
  {
    codes: ["08P01"],
    text: /authentication failed|^no such user|^auth failed|^login rejected|^unix socket login rejected|^no username supplied/,
    code: "UNAUTHENTICATED",
    reason: "PASSWORD_REFUSED",
    remedy:
      "is behind a PgBouncer that refuses the user or the password. Correct them in ARCHESTRA_DATABASE_URL, or in the auth_file of PgBouncer",
  },
  {
    codes: ["08P01"],
    text: /^bouncer config error/,
    code: "INVALID_CONFIGURATION",
    reason: "POOLER_MISCONFIGURED",
    remedy: "is behind a PgBouncer with an error in its configuration. PgBouncer's log has it",
  },
];
