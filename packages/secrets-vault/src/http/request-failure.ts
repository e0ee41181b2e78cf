import { SecretsError } from "@archestra/secrets-core/plugin";
import { MAX_ANSWER_BYTES } from "./answer-collector.ts";
import { tlsProblem } from "./tls-failure.ts";

/** Why a request got no answer. */
export class RequestFailure extends Error {
  /** Whether Vault may have done what it was asked. */
  readonly executed: "no" | "maybe";
  /** Whether the same request can succeed a moment later. */
  readonly transient: boolean;
  /** What callers are told. */
  readonly told: SecretsError;

  constructor(executed: "no" | "maybe", transient: boolean, told: SecretsError) {
    super(told.message);
    this.executed = executed;
    this.transient = transient;
    this.told = told;
  }
}

/** Errors of a connection that never was: the request has not left. */
const unreachable: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing accepts connections there",
  ENOENT: "there is no such socket",
  EACCES: "this process may not use the socket",
  ENOTFOUND: "its name is not known",
  EAI_AGAIN: "its name cannot be looked up now",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no way to it",
  UND_ERR_CONNECT_TIMEOUT: "it does not accept the connection in time",
};

/** TLS errors that can follow the first request of a connection and still concern a certificate. */
const certificateAlerts = /CERT|UNKNOWN_CA/;

/**
 * What an error of the HTTP client means. It is never kept: it may hold headers and the body.
 *
 * @param started whether a connection had the request. Then no code proves that Vault did not get it: sockets that are in
 * use fail with the same codes as attempts to connect.
 */
export function requestFailure(error: unknown, started: boolean, address: string): RequestFailure {
  const code = codeOf(error);
  const executed = started ? "maybe" : "no";
  const problem = tlsProblem(code);
  if (problem !== undefined && (!started || certificateAlerts.test(code))) {
    const words = `The TLS connection to Vault at ${address} failed (${code}): ${problem}.`;
    return new RequestFailure(
      executed,
      false,
      new SecretsError("UNAVAILABLE", words, { reason: "TLS", retryable: false, cause: error }),
    );
  }
  const why = started ? undefined : unreachable[code];
  if (why !== undefined) {
    const words = `Vault at ${address} cannot be reached: ${why}. Start it, or correct ARCHESTRA_HASHICORP_VAULT_ADDR.`;
    return new RequestFailure(
      executed,
      true,
      new SecretsError("UNAVAILABLE", words, { reason: "UNREACHABLE", cause: error }),
    );
  }
  const when = started ? "its answer came" : "the request left";
  // The alert of a server that wants a certificate comes after the handshake, and the HTTP client does not tell of it.
  const hint = address.startsWith("https:")
    ? " When it always does, Vault may want a certificate of the client: set ARCHESTRA_HASHICORP_VAULT_CLIENT_CERT and ARCHESTRA_HASHICORP_VAULT_CLIENT_KEY."
    : "";
  const words = `The connection to Vault at ${address} broke before ${when}.${hint}`;
  return new RequestFailure(
    executed,
    true,
    new SecretsError("UNAVAILABLE", words, { reason: "CONNECTION_LOST", cause: error }),
  );
}

/** The failure of an attempt that was given up because its time was over. */
export function attemptTimeout(started: boolean, address: string): RequestFailure {
  const words = `Vault at ${address} did not answer in time.`;
  return new RequestFailure(
    started ? "maybe" : "no",
    true,
    new SecretsError("UNAVAILABLE", words, { reason: "NO_ANSWER" }),
  );
}

/** The failure of an attempt whose answer was given up because it did not end. */
export function answerTooLarge(address: string): RequestFailure {
  const words = `The answer of the server at ${address} has more than ${MAX_ANSWER_BYTES / 1024 / 1024} MiB, which is more than Vault sends for one secret or one folder. Find out what answers there, or split the folder.`;
  return new RequestFailure(
    "maybe",
    false,
    new SecretsError("UNAVAILABLE", words, { reason: "ANSWER_TOO_LARGE", retryable: false }),
  );
}

function codeOf(error: unknown): string {
  const { code, errors } = (error ?? {}) as { readonly code?: unknown; readonly errors?: unknown };
  if (typeof code === "string") return code;
  // Several addresses of one name were tried, and each failed.
  return Array.isArray(errors) && errors.length > 0 ? codeOf(errors[0]) : "";
}
