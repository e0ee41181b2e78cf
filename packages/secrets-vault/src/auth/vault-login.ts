import { SecretsError } from "@archestra/secrets-core/plugin";
import { classifyLogin } from "./classify-login.ts";
import type { VaultAnswer } from "./vault-answer.ts";

/** A token, and what is known of its life. */
export interface VaultLogin {
  /** Sent as `X-Vault-Token`. Empty: none is sent, since what is at the address adds its own. */
  readonly token: string;
  /**
   * Whether this login made the token: then the session may log in anew, and revokes it at the end. False: it is the
   * operator's, is only looked up, and is never revoked.
   */
  readonly issued: boolean;
  /** Seconds that it lives, from the request on. 0: for ever. Absent: not known yet, the session asks Vault. */
  readonly ttl?: number;
  /** Whether its life can be prolonged. Absent: not known yet. */
  readonly renewable?: boolean;
  /** `batch` tokens can be neither renewed nor revoked. Absent: not known yet. */
  readonly type?: "service" | "batch";
  /** How often it can be used. Absent: any number of times, or not known yet. */
  readonly uses?: number;
}

/**
 * Reads the token out of the answer to a login: the one reader of Vault's `auth` object, for every method.
 *
 * @param answer the answer of any status
 * @param method the name of the method, for messages
 * @throws UNAUTHENTICATED when Vault refused the login or wants a second factor; INVALID_CONFIGURATION when there is no
 * such mount; RATE_LIMITED, UNAVAILABLE and INTERNAL for what the status says
 */
export function readLogin(answer: VaultAnswer, method: string): VaultLogin {
  if (answer.status !== 200 || answer.foreignBody !== undefined) throw classifyLogin(answer, method);
  const auth = answer.auth as Readonly<Record<string, unknown>> | null | undefined;
  if (typeof auth !== "object" || auth === null) throw noToken(method, "without a token");
  if (auth.mfa_requirement != null) {
    throw new SecretsError(
      "UNAUTHENTICATED",
      `Vault wants a second factor for a login by ${method}, which a program cannot give. Exempt the role or the mount from the MFA enforcement, or choose another method.`,
      { reason: "MFA_REQUIRED" },
    );
  }
  const { client_token: token, lease_duration: ttl, renewable, token_type: type, num_uses: uses } = auth;
  if (typeof token !== "string" || !isTokenText(token)) throw noToken(method, "without a token");
  if (typeof ttl !== "number" || !(ttl >= 0)) throw noToken(method, "without a duration");
  return {
    token,
    issued: true,
    ttl,
    renewable: renewable === true,
    type: type === "batch" ? "batch" : "service",
    ...(typeof uses === "number" && uses > 0 ? { uses } : {}),
  };
}

/**
 * A token that somebody else made and that was handed to the application. The session looks it up and keeps it alive, and
 * never revokes it.
 *
 * @throws UNAUTHENTICATED when the text cannot be a token
 */
export function givenToken(token: string): VaultLogin {
  if (isTokenText(token)) return { token, issued: false };
  throw new SecretsError("UNAUTHENTICATED", "The given token is empty or has a character that no token has.");
}

/** A login of which this process has no token: an agent at the address adds its own to each request. */
export const WITHOUT_TOKEN: VaultLogin = Object.freeze({
  token: "",
  issued: false,
  ttl: 0,
  renewable: false,
});

/** What an HTTP header can hold and Vault's tokens are made of: printable ASCII without a space. */
export function isTokenText(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function noToken(method: string, what: string): SecretsError {
  return new SecretsError(
    "UNAVAILABLE",
    `The answer to a login by ${method} came ${what}: what answers at the address is perhaps no Vault. Look at ARCHESTRA_HASHICORP_VAULT_ADDR.`,
    { reason: "UNEXPECTED_ANSWER" },
  );
}
