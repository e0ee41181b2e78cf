import { setTimeout as sleep } from "node:timers/promises";
import { readFileInTime, SecretsError, type SecretsErrorCode } from "@archestra/secrets-core/plugin";
import { type TokenClaims, tokenClaims } from "@archestra/secrets-vault/auth";

/** Where Kubernetes mounts the token of a pod. */
export const DEFAULT_TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** How long to wait for a file that is empty or missing: it may be being replaced. */
const REPLACEMENT_MILLISECONDS = 1_000;

/** A token of a service account. */
export interface ServiceAccountToken {
  /** Secret. */
  readonly jwt: string;
  readonly claims: TokenClaims;
}

/**
 * Reads the token by its path, which leads to another file each time that kubelet renews it.
 *
 * @throws INVALID_CONFIGURATION when there is no readable token; UNAUTHENTICATED when it has expired; the signal's
 * reason when it aborts
 */
export async function readToken(path: string, signal: AbortSignal): Promise<ServiceAccountToken> {
  let text = await read(path, signal);
  if (text === undefined || text === "") {
    await sleep(REPLACEMENT_MILLISECONDS, undefined, { signal }).catch(() => {});
    signal.throwIfAborted();
    text = await read(path, signal);
  }
  const at = `the file ${JSON.stringify(path)}`;
  if (text === undefined) {
    throw problem(
      "INVALID_CONFIGURATION",
      "TOKEN_FILE_MISSING",
      `There is no service-account token: ${unread(path)} does not exist. Give the pod a service account and mount its token, or correct ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH.`,
    );
  }
  if (text === "") {
    throw problem(
      "INVALID_CONFIGURATION",
      "TOKEN_FILE_EMPTY",
      `There is no service-account token: ${at} is empty. Check the volume of the pod that contains it, or correct ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH.`,
    );
  }
  const claims = tokenClaims(text);
  if (claims === undefined) {
    throw problem(
      "INVALID_CONFIGURATION",
      "TOKEN_MALFORMED",
      `The content of ${at} is not a service-account token, which is a JWT. Nothing was sent. Correct ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH.`,
    );
  }
  const { expiresAt } = claims;
  if (expiresAt !== undefined && expiresAt * 1_000 <= Date.now()) {
    throw problem(
      "UNAUTHENTICATED",
      "TOKEN_EXPIRED",
      `The service-account token in ${at} expired ${Math.floor(Date.now() / 1_000 - expiresAt)} s ago. Nothing was sent. Kubernetes renews a token in a projected volume while the pod runs: check that volume, the node's kubelet and the clock of this machine.`,
    );
  }
  return { jwt: text, claims };
}

/** The file's text without surrounding space. Undefined: the file does not exist. */
async function read(path: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await readFileInTime(path, signal)).trim();
  } catch (error) {
    signal.throwIfAborted();
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ETIMEDOUT") {
      throw problem(
        "UNAVAILABLE",
        "PIPE_EMPTY",
        `The service-account token was not provided: ${unread(path)} is a pipe, and no process wrote to it in time. Start the process that writes it, or correct ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH.`,
      );
    }
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw problem(
      "INVALID_CONFIGURATION",
      "TOKEN_FILE_UNREADABLE",
      `The service-account token in ${unread(path)} cannot be read (${code}). Grant the user of this process permission to read it, such as with \`fsGroup\` in the pod's securityContext, or correct ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH.`,
    );
  }
}

/** A path whose file was not read may be the token itself, so it is not quoted. */
function unread(path: string): string {
  return path === DEFAULT_TOKEN_PATH
    ? `the file ${JSON.stringify(path)}`
    : "the file that ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH names";
}

function problem(code: SecretsErrorCode, reason: string, message: string): SecretsError {
  return new SecretsError(code, message, { reason });
}
