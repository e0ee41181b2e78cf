import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { SecretsError } from "@archestra/secrets-core";
import type { ClientConfig } from "pg";
import { type ConnectionOptions, parse } from "pg-connection-string";
import type { PostgresLocation } from "./url.ts";

const APPLICATION_NAME = "archestra-secrets";

/**
 * The configuration of `pg` for a database. Everything that the URL leaves out stays out, so that the variables of `pg`, such as
 * `PGUSER`, keep their effect.
 *
 * @throws SecretsError INVALID_CONFIGURATION, reason CERTIFICATE_UNREADABLE, for a file of TLS that cannot be used
 */
export function postgresConfiguration(location: PostgresLocation): ClientConfig {
  const { host, port, database, parameters } = location;
  const { user, password, ssl } = parseUrl(location);
  const whole = (name: string) => (parameters.has(name) ? Number(parameters.get(name)) : undefined);
  const seconds = whole("connect_timeout");
  const keepAliveSeconds = whole("keepalives_idle");
  return withoutUndefined({
    host,
    port,
    database,
    user: user || undefined,
    password: password || undefined,
    // As libpq does, there is no TLS on a socket.
    ssl: host?.startsWith("/") ? false : ssl,
    enableChannelBinding: parameters.get("channel_binding") === "prefer" || undefined,
    application_name: parameters.get("application_name"),
    fallback_application_name: parameters.get("fallback_application_name") ?? APPLICATION_NAME,
    options: parameters.get("options"),
    connectionTimeoutMillis: seconds === undefined ? undefined : seconds * 1000,
    keepAlive: parameters.get("keepalives") !== "0",
    keepAliveInitialDelayMillis: keepAliveSeconds === undefined ? undefined : keepAliveSeconds * 1000,
    statement_timeout: whole("statement_timeout"),
    lock_timeout: whole("lock_timeout"),
    idle_in_transaction_session_timeout: whole("idle_in_transaction_session_timeout"),
    query_timeout: whole("query_timeout"),
  });
}

/** The modes of TLS have the meaning that they have for libpq: `require` encrypts and does not check the certificate. */
function parseUrl({ url, parameters }: PostgresLocation): ConnectionOptions {
  for (const name of ["sslrootcert", "sslcert", "sslkey"]) {
    const problem = problemOfFile(parameters.get(name));
    if (problem !== undefined) throw unreadable(name, problem);
  }
  const parsed = parse(url, { useLibpqCompat: true });
  if (typeof parsed.ssl === "object") {
    checkCertificates(parsed.ssl);
    // It is a mode of `pg`, which libpq does not have.
    if (parameters.get("sslmode") === "no-verify") parsed.ssl.rejectUnauthorized = false;
  }
  return parsed;
}

/**
 * Why `pg` cannot read a file. Its own error does not say which file it is about, and it reads without a pause: a pipe
 * without a writer would block the whole process.
 */
function problemOfFile(file: string | undefined): unknown {
  try {
    if (file === undefined) return undefined;
    if (statSync(file).isFIFO()) return { code: "a pipe" };
    readFileSync(file);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** A file that is not PEM would fail each connection, or, for an authority, be ignored silently. */
function checkCertificates({ ca, cert, key }: { ca?: string; cert?: string | null; key?: string }): void {
  const check = (name: string, use: () => unknown) => {
    try {
      use();
    } catch (error) {
      throw unreadable(name, error);
    }
  };
  if (ca !== undefined) check("sslrootcert", () => new X509Certificate(ca));
  if (cert) check("sslcert", () => new X509Certificate(cert));
  if (cert && key !== undefined) check("sslkey", () => createSecureContext({ cert, key }));
}

/** The error codes that a message may contain: none of them reveals the content of a file. */
const reportedCodes = new Set(["ENOENT", "EACCES", "EISDIR", "a pipe"]);

function unreadable(parameter: string, cause: unknown): SecretsError {
  const { code } = cause as { code?: unknown };
  const content = parameter === "sslkey" ? "the private key of `sslcert`, not encrypted," : "a certificate";
  const why = reportedCodes.has(String(code)) ? ` (${code})` : "";
  return new SecretsError(
    "INVALID_CONFIGURATION",
    `The parameter \`${parameter}\` of ARCHESTRA_DATABASE_URL does not name a file with ${content} in PEM that this process can read${why}. Correct the path, or mount the file.`,
    { reason: "CERTIFICATE_UNREADABLE", cause },
  );
}

/** For `pg`, an option that is there and undefined is not always the same as one that is not there. */
function withoutUndefined(configuration: Record<string, unknown>): ClientConfig {
  return Object.fromEntries(Object.entries(configuration).filter(([, value]) => value !== undefined));
}
