import { SecretsError, type SecretsErrorOptions } from "@archestra/secrets-core/plugin";
import { MAX_ANSWER_BYTES } from "./answer-collector.ts";
import { tlsProblem } from "./tls-failure.ts";

/** Why a request got no answer. */
export class RequestFailure extends Error {
  /** The error that callers receive. It is retryable when the same request can succeed a moment later. */
  readonly publicError: SecretsError;
  /** Whether Vault may have carried out the request. */
  readonly mayHaveExecuted: boolean;

  constructor(
    code: "UNAVAILABLE" | "INVALID_CONFIGURATION",
    message: string,
    mayHaveExecuted: boolean,
    details: Pick<SecretsErrorOptions, "reason" | "retryable" | "cause">,
  ) {
    super(message);
    this.publicError = new SecretsError(code, message, details);
    this.mayHaveExecuted = mayHaveExecuted;
  }
}

/** Errors of a connection that was never established: the request was not sent. */
const unreachable: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing accepts connections there",
  ENOENT: "there is no such socket",
  EACCES: "this process has no permission to use the socket",
  ENOTFOUND: "its name is not known",
  EAI_AGAIN: "its name cannot be resolved now",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "no route to host",
  UND_ERR_CONNECT_TIMEOUT: "it does not accept the connection in time",
};

/** TLS errors that can follow the first request of a connection and still concern a certificate. */
const certificateAlerts = /CERT|UNKNOWN_CA/;

/**
 * Creates the failure for an error of the HTTP client. The error itself is never kept: it may hold headers and the body.
 *
 * @param started whether a connection had the request. Then no code proves that Vault did not get it: sockets that are in
 * use fail with the same codes as attempts to connect.
 */
export function requestFailure(error: unknown, started: boolean, address: string): RequestFailure {
  const code = codeOf(error);
  const problem = tlsProblem(code);
  if (problem !== undefined && (!started || certificateAlerts.test(code))) {
    const message = `The TLS connection to Vault at ${address} failed (${code}): ${problem}.`;
    const details = { reason: "TLS", retryable: false, cause: error };
    return new RequestFailure("UNAVAILABLE", message, started, details);
  }
  const why = started ? undefined : unreachable[code];
  if (why !== undefined) {
    const message = `Vault at ${address} cannot be reached: ${why}. Start it, or correct ARCHESTRA_HASHICORP_VAULT_ADDR.`;
    return new RequestFailure("UNAVAILABLE", message, started, { reason: "UNREACHABLE", cause: error });
  }
  const when = started ? "its answer arrived" : "the request was sent";
  // The alert of a server that requires a certificate follows the handshake, and the HTTP client does not report it.
  const hint = address.startsWith("https:")
    ? " When it always does, Vault may require a certificate of the client: set ARCHESTRA_HASHICORP_VAULT_CLIENT_CERT and ARCHESTRA_HASHICORP_VAULT_CLIENT_KEY."
    : "";
  const message = `The connection to Vault at ${address} broke before ${when}.${hint}`;
  return new RequestFailure("UNAVAILABLE", message, started, { reason: "CONNECTION_LOST", cause: error });
}

export function attemptTimeout(started: boolean, address: string): RequestFailure {
  const message = `Vault at ${address} did not answer in time.`;
  return new RequestFailure("UNAVAILABLE", message, started, { reason: "NO_ANSWER" });
}

export function answerTooLarge(address: string): RequestFailure {
  const message = `The answer of the server at ${address} has more than ${MAX_ANSWER_BYTES / 1024 / 1024} MiB, which is more than Vault sends for one secret or one folder. Find out what answers there, or split the folder.`;
  const details = { reason: "ANSWER_TOO_LARGE", retryable: false };
  return new RequestFailure("UNAVAILABLE", message, true, details);
}

function codeOf(error: unknown): string {
  const { code, errors } = (error ?? {}) as { readonly code?: unknown; readonly errors?: unknown };
  if (typeof code === "string") return code;
  // Several addresses of one name were tried, and each failed.
  return Array.isArray(errors) && errors.length > 0 ? codeOf(errors[0]) : "";
}
