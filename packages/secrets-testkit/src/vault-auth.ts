/*
 * The suite of authentication methods of `@archestra/secrets-vault`. Nothing else in the package needs that one.
 */
export {
  runVaultAuthSuite,
  testVaultAuth,
  type VaultAuthGroup,
  type VaultAuthSuiteOptions,
} from "./vault-auth/test-vault-auth.ts";
export type {
  EndSilence,
  KnownToken,
  RefusedSettings,
  VaultAuthHarness,
  VaultAuthSetup,
} from "./vault-auth/vault-auth-harness.ts";
