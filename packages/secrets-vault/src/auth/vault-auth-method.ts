/*
 * The contract of an authentication method: what the author of a `vault-auth-*` package implements. Applications never
 * import this file. The session of `@archestra/secrets-vault` renews and revokes tokens, logs in again, lets all callers share
 * one login, and waits after a failure, for every method.
 */
import { defineKind, type Kind } from "@archestra/secrets-core/plugin";
import type { VaultAnswer } from "../answers/vault-answer.ts";
import type { VaultLogin } from "./vault-login.ts";

/** One request of a login. Address, namespace and TLS are those of the manager. */
export interface VaultLoginRequest {
  /** @default POST */
  readonly method?: "GET" | "POST" | "PUT";
  /** The path behind `/v1/`, unencoded, such as `auth/approle/login`. A segment that is empty, `.` or contains `..` is refused. */
  readonly path: string;
  /** Sent as JSON. Absent: no body. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** The token that it is sent with, such as a wrapping token to unwrap. Absent: none. */
  readonly token?: string;
}

/**
 * Sends a request and returns the answer, of any status.
 *
 * @throws UNAVAILABLE when no answer arrived; INVALID_ARGUMENT for a path that cannot be sent; the signal's reason when the
 * login is aborted
 */
export type SendVaultRequest = (request: VaultLoginRequest) => Promise<VaultAnswer>;

/**
 * A way to get a token. It changes nothing that it receives, and keeps nothing between two logins except what Vault returns
 * only once: the content of a wrapping token.
 */
export interface VaultAuthMethod {
  /**
   * Logs in, with a credential that is read again each time, since it may have been rotated.
   *
   * @param send sends requests to Vault; no other connection to Vault is needed
   * @param context `signal` aborts when the manager closes or the login takes too long
   * @returns the result of `readLogin` or `givenToken`
   * @throws UNAUTHENTICATED when Vault refuses the credential; INVALID_CONFIGURATION when the mount or the role does
   * not exist, or the credential cannot be read; UNAVAILABLE and RATE_LIMITED for transient failures
   */
  login(send: SendVaultRequest, context: { readonly signal: AbortSignal }): Promise<VaultLogin>;
}

/** The kind of plugins that fit the slot `ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD`. */
export const vaultAuth: Kind<VaultAuthMethod> = defineKind<VaultAuthMethod>("vault-auth", {
  methods: ["login"],
});
