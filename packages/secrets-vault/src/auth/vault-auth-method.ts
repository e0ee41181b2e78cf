/*
 * The contract of an authentication method: what the author of a `vault-auth-*` package implements. Applications never
 * import this file. Renewal, login anew, one login for all callers, waiting after a failure and revocation are done by
 * the session of `@archestra/secrets-vault`, alike for every method.
 */
import { defineKind, type Kind } from "@archestra/secrets-core/plugin";
import type { VaultAnswer } from "./vault-answer.ts";
import type { VaultLogin } from "./vault-login.ts";

/** One request of a login. Address, namespace and TLS are those of the manager. */
export interface VaultLoginRequest {
  /** @default POST */
  readonly method?: "GET" | "POST" | "PUT";
  /** The path behind `/v1/`, unencoded, such as `auth/approle/login`. A segment that is empty, `.` or contains `..` is refused. */
  readonly path: string;
  /** Sent as JSON. Absent: no body. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** The token that it is sent with, such as a wrapping token that is to be unwrapped. Absent: none. */
  readonly token?: string;
}

/**
 * Sends a request and gives whatever Vault answered, of any status.
 *
 * @throws UNAVAILABLE when no answer came; INVALID_ARGUMENT for a path that cannot be sent; the signal's reason when the
 * login is given up
 */
export type SendVaultRequest = (request: VaultLoginRequest) => Promise<VaultAnswer>;

/**
 * A way to get a token. It changes nothing that it was given, and keeps nothing between two logins but what Vault gives
 * once, which is what a wrapping token held.
 */
export interface VaultAuthMethod {
  /**
   * Logs in, with a credential that is read anew each time: it may have been rotated.
   *
   * @param send sends requests to Vault; no other connection to Vault is needed
   * @param context `signal` aborts when the manager closes or the login takes too long
   * @returns what `readLogin` or `givenToken` made
   * @throws UNAUTHENTICATED when Vault refuses the credential; INVALID_CONFIGURATION when the mount or the role is not
   * there, or the credential cannot be read; UNAVAILABLE and RATE_LIMITED for what passes by itself
   */
  login(send: SendVaultRequest, context: { readonly signal: AbortSignal }): Promise<VaultLogin>;
}

/** The kind of plugins that fit the slot `ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD`. */
export const vaultAuth: Kind<VaultAuthMethod> = defineKind<VaultAuthMethod>("vault-auth");
