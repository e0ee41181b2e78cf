import { setTimeout as sleep } from "node:timers/promises";
import { readFileInTime, SecretsError, type SecretsErrorCode } from "@archestra/secrets-core/plugin";
import { type TokenClaims, tokenClaims } from "@archestra/secrets-vault/auth";

/** Where Kubernetes puts the token of a pod. */
export const DEFAULT_TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** How long a file that is empty or not there is waited for: somebody may be replacing it. */
const REPLACEMENT_MILLISECONDS = 1_000;

/** A token as it goes to Vault. */
export interface ServiceAccountToken {
  /** Secret. */
  readonly jwt: string;
  readonly claims: TokenClaims;
}

/**
 * Reads the token by its path, which leads to another file each time that kubelet renews it.
 *
 * @throws INVALID_CONFIGURATION when there is no token that can be read; UNAUTHENTICATED when it is past; the signal's
 * reason when that comes first
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
      `There is no service-account token: ${at} is empty. Look at the volume of the pod that it lies in, or correct ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH.`,
    );
  }
  const claims = tokenClaims(text);
  if (claims === undefined) {
    throw problem(
      "INVALID_CONFIGURATION",
      "TOKEN_MALFORMED",
      `What ${at} holds is no service-account token, which is a JWT. Nothing was sent. Correct ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH.`,
    );
  }
  const { expiresAt } = claims;
  if (expiresAt !== undefined && expiresAt * 1_000 <= Date.now()) {
    throw problem(
      "UNAUTHENTICATED",
      "TOKEN_EXPIRED",
      `The service-account token in ${at} is past: it ended ${Math.floor(Date.now() / 1_000 - expiresAt)} s ago. Nothing was sent. Kubernetes renews a token in a projected volume, also while the pod runs; look at that volume, at the node's kubelet and at the clock of this machine.`,
    );
  }
  return { jwt: text, claims };
}

/** The file's text without the space around it. Undefined: it is not there. */
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
        `The service-account token did not come: ${unread(path)} is a pipe, and no process wrote into it in time. Start the process that writes it, or correct ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH.`,
      );
    }
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw problem(
      "INVALID_CONFIGURATION",
      "TOKEN_FILE_UNREADABLE",
      `The service-account token in ${unread(path)} cannot be read (${code}). Let the user of this process read it, such as by \`fsGroup\` in the pod's securityContext, or correct ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH.`,
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
