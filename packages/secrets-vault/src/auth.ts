/*
 * For authors of authentication methods. Applications import "@archestra/secrets-vault" instead. This entry loads no
 * HTTP client.
 */

export type { VaultAnswer } from "./answers/vault-answer.ts";
export { classifyLogin } from "./auth/classify-login.ts";
export { type TokenClaims, tokenClaims } from "./auth/token-claims.ts";
export {
  type SendVaultRequest,
  type VaultAuthMethod,
  type VaultLoginRequest,
  vaultAuth,
} from "./auth/vault-auth-method.ts";
export { givenToken, isTokenText, readLogin, type VaultLogin } from "./auth/vault-login.ts";
export { WrappedCredential, type WrappedCredentialOptions } from "./auth/wrapped-credential.ts";
export { vaultPath, vaultSegment } from "./settings/setting-schemas.ts";
