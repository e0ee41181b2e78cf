import { SecretsError } from "@archestra/secrets-core/plugin";
import type { VaultAnswer } from "../answers/vault-answer.ts";
import { classifyLogin } from "./classify-login.ts";

/** A token, and the known properties of it. */
export interface VaultLogin {
  /** Sent as `X-Vault-Token`. Empty: none is sent, since an agent at the address adds its own. */
  readonly token: string;
  /**
   * Whether this login created the token: then the session can log in again, and revokes it at the end. False: an operator
   * provided it, so it is only looked up and renewed, and never revoked.
   */
  readonly issued: boolean;
  /** Its time to live in seconds, from the request on. 0: it does not expire. Absent: not known yet, the session looks it up. */
  readonly ttl?: number;
  /** Whether it can be renewed. Absent: not known yet. */
  readonly renewable?: boolean;
  /** `batch` tokens can be neither renewed nor revoked. Absent: not known yet. */
  readonly type?: "service" | "batch";
  /** How often it can be used. Absent: any number of times, or not known yet. */
  readonly uses?: number;
}

/**
 * Reads the token from the answer to a login, for every method.
 *
 * @param answer the answer of any status
 * @param method the name of the method, for messages
 * @throws UNAUTHENTICATED when Vault refused the login or requires a second factor; INVALID_CONFIGURATION when there is
 * no such mount; RATE_LIMITED, UNAVAILABLE and INTERNAL depending on the status
 */
export function readLogin(answer: VaultAnswer, method: string): VaultLogin {
  if (answer.status !== 200 || answer.foreignBody !== undefined) throw classifyLogin(answer, method);
  const auth = answer.auth as Readonly<Record<string, unknown>> | null | undefined;
  if (typeof auth !== "object" || auth === null) throw noToken(method, "no token");
  if (auth.mfa_requirement != null) {
    throw new SecretsError(
      "UNAUTHENTICATED",
      `Vault requires a second factor for a login by ${method}, which a program cannot provide. Exempt the role or the mount from the MFA enforcement, or choose another method.`,
      { reason: "MFA_REQUIRED" },
    );
  }
  const { client_token: token, lease_duration: ttl, renewable, token_type: type, num_uses: uses } = auth;
  if (typeof token !== "string" || !isTokenText(token)) throw noToken(method, "no token");
  if (typeof ttl !== "number" || !(ttl >= 0)) throw noToken(method, "no duration");
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
 * A token that an operator provides to the application. The session looks it up and renews it, and never revokes it.
 *
 * @throws UNAUTHENTICATED when the text cannot be a token
 */
export function givenToken(token: string): VaultLogin {
  if (isTokenText(token)) return { token, issued: false };
  throw new SecretsError("UNAUTHENTICATED", "The given token is empty or has a character that no token has.");
}

/** A login without a token in this process: an agent at the address adds its own to each request. */
export const WITHOUT_TOKEN: VaultLogin = Object.freeze({
  token: "",
  issued: false,
  ttl: 0,
  renewable: false,
});

/** Whether a text can be a token of Vault in an HTTP header: printable ASCII without a space. */
export function isTokenText(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function noToken(method: string, missing: string): SecretsError {
  return new SecretsError(
    "UNAVAILABLE",
    `The answer to a login by ${method} has ${missing}: it probably did not come from Vault. Check ARCHESTRA_HASHICORP_VAULT_ADDR.`,
    { reason: "UNEXPECTED_ANSWER" },
  );
}
