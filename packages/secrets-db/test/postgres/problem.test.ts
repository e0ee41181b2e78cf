import { describe, expect, test } from "vitest";
import { classifyPostgresError } from "../../src/postgres/error.ts";
import { explainPostgresError } from "../../src/postgres/problem.ts";

/** An error as `pg` makes it of what a server reports. Those of a real server are provoked in test/postgres. */
const reported = (code: string, message: string) => Object.assign(new Error(message), { code });

/** What PgBouncer 1.12 to 1.25 sends, by its sources. */
const ofPgBouncer: readonly [string, string, string][] = [
  ["08P01", "no such database: orders", "INVALID_CONFIGURATION DATABASE_MISSING"],
  ["3D000", "no such database: orders", "INVALID_CONFIGURATION DATABASE_MISSING"],
  ["08P01", "unsupported startup parameter: options", "INVALID_CONFIGURATION STARTUP_PARAMETER_REFUSED"],
  ["08P01", "Unsupported startup parameter: search_path", "INVALID_CONFIGURATION STARTUP_PARAMETER_REFUSED"],
  [
    "08P01",
    "unsupported startup parameter in options: search_path",
    "INVALID_CONFIGURATION STARTUP_PARAMETER_REFUSED",
  ],
  [
    "08P01",
    "unsupported options startup parameter: only '-c config=val' is allowed",
    "INVALID_CONFIGURATION STARTUP_PARAMETER_REFUSED",
  ],
  [
    "08P01",
    "server login has been failing, try again later (server_login_retry)",
    "UNAVAILABLE POOLER_WITHOUT_SERVER retryable",
  ],
  [
    "08P01",
    "server login has been failing, cached error: connect failed (server_login_retry)",
    "UNAVAILABLE POOLER_WITHOUT_SERVER retryable",
  ],
  ["08P01", "pgbouncer cannot connect to server", "UNAVAILABLE POOLER_WITHOUT_SERVER retryable"],
  ["08P01", "client_login_timeout (server down)", "UNAVAILABLE POOLER_WITHOUT_SERVER retryable"],
  ["08P01", "server conn crashed?", "UNAVAILABLE POOLER_WITHOUT_SERVER retryable"],
  [
    "08P01",
    'server login has been failing, cached error: password authentication failed for user "a" (server_login_retry)',
    "INVALID_CONFIGURATION POOLER_LOGIN_REFUSED",
  ],
  [
    "28P01",
    'server login failed: FATAL password authentication failed for user "a"',
    "INVALID_CONFIGURATION POOLER_LOGIN_REFUSED",
  ],
  [
    "3D000",
    'server login failed: FATAL database "a" does not exist',
    "INVALID_CONFIGURATION POOLER_LOGIN_REFUSED",
  ],
  ["08P01", 'password authentication failed for user "a"', "INVALID_CONFIGURATION POOLER_LOGIN_REFUSED"],
  ["08P01", 'database "a" does not exist', "INVALID_CONFIGURATION POOLER_LOGIN_REFUSED"],
  ["08P01", "no more connections allowed (max_client_conn)", "UNAVAILABLE POOLER_BUSY retryable"],
  ["53300", "no more connections allowed (max_client_conn)", "UNAVAILABLE POOLER_BUSY retryable"],
  ["08P01", "client connections exceeded (max_db_client_connections)", "UNAVAILABLE POOLER_BUSY retryable"],
  ["08P01", "query_wait_timeout", "UNAVAILABLE POOLER_BUSY retryable"],
  ["08P01", "password authentication failed", "UNAUTHENTICATED PASSWORD_REFUSED"],
  ["08P01", "SASL authentication failed", "UNAUTHENTICATED PASSWORD_REFUSED"],
  ["08P01", "no such user", "UNAUTHENTICATED PASSWORD_REFUSED"],
  ["08P01", "SSL required", "INVALID_CONFIGURATION TLS_REQUIRED"],
  ["08P01", "bouncer config error", "INVALID_CONFIGURATION POOLER_MISCONFIGURED"],
];

const ofServers: readonly [string, string, string][] = [
  [
    "28000",
    'no pg_hba.conf entry for host "10.0.0.1", user "a", database "b", no encryption',
    "INVALID_CONFIGURATION TLS_REQUIRED",
  ],
  [
    "28000",
    'no pg_hba.conf entry for host "10.0.0.1", user "a", database "b", SSL off',
    "INVALID_CONFIGURATION TLS_REQUIRED",
  ],
  [
    "28000",
    'pg_hba.conf rejects connection for host "10.0.0.1", user "a", database "b", no encryption',
    "INVALID_CONFIGURATION TLS_REQUIRED",
  ],
  [
    "28000",
    'no pg_hba.conf entry for host "10.0.0.1", user "a", database "b", SSL encryption',
    "UNAUTHENTICATED LOGIN_REFUSED",
  ],
  ["28000", "kein pg_hba.conf-Eintrag", "UNAUTHENTICATED LOGIN_REFUSED"],
  ["28000", "connection requires a valid client certificate", "UNAUTHENTICATED CLIENT_CERTIFICATE_REFUSED"],
  ["28P01", 'password authentication failed for user "a"', "UNAUTHENTICATED PASSWORD_REFUSED"],
  ["53300", "sorry, too many clients already", "UNAVAILABLE TOO_MANY_CONNECTIONS retryable"],
  ["CERT_HAS_EXPIRED", "certificate has expired", "INVALID_CONFIGURATION CERTIFICATE_EXPIRED"],
  [
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "unable to get local issuer certificate",
    "INVALID_CONFIGURATION CERTIFICATE_UNTRUSTED",
  ],
];

describe.each([
  ["PgBouncer", ofPgBouncer],
  ["a server or of TLS", ofServers],
])("an error of %s", (_, cases) => {
  test.each(cases)("%s %s is explained as %s", (code, message, expected) => {
    const thrown = reported(code, message);
    const error = explainPostgresError(thrown, "the PostgreSQL database orders at db:5432");
    const retryable = error?.retryable ? ["retryable"] : [];
    expect([error?.code, error?.reason, ...retryable].join(" ")).toBe(expected);
    expect(error?.message).toMatch(/^The PostgreSQL database orders at db:5432 \w.*\.$/);
    expect(error?.cause).toEqual({ name: "Error", code });
    expect(classifyPostgresError(thrown)).toBe(error?.code);
  });
});

test.each([
  ["a violated constraint whose row holds such words", reported("23505", "duplicate key: no such database")],
  [
    "a cast of a value with such words",
    reported("22P02", 'invalid input: "client password must be a string"'),
  ],
  ["a statement that took too long", reported("57014", "canceling statement due to statement timeout")],
  ["a connection that broke", new Error("Connection terminated unexpectedly")],
  ["nothing", undefined],
  ["a text", "no such database"],
])("%s is none of these problems", (_, thrown) => {
  expect(explainPostgresError(thrown)).toBeUndefined();
});
