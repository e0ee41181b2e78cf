import type { Environment } from "@archestra/secrets-core";
import type { Plugin, SecretsBackend } from "@archestra/secrets-core/plugin";
import type { VaultAuthMethod } from "@archestra/secrets-vault/auth";

/** The properties of a valid token, as Vault returns them. */
export interface KnownToken {
  /** The remaining seconds. 0: it does not expire. */
  readonly ttl: number;
  /** Whether it can be renewed. */
  readonly renewable: boolean;
  /** Service tokens are stored by Vault. Batch tokens are not, and cannot be renewed. */
  readonly type: "service" | "batch";
  /** The remaining number of uses. 0: unlimited. */
  readonly uses: number;
}

/** Settings with which Vault must reject the login. */
export interface RefusedSettings {
  /** The problem of the settings, such as "a role that does not exist". */
  readonly what: string;
  /** The variables that differ. */
  readonly env: Environment;
}

/** Lets a source of credentials respond again. */
export type EndSilence = () => void | Promise<void>;

/** A Vault and a credential for one case, and the access of the harness to both. */
export interface VaultAuthSetup {
  /** The method under test, and after it the plugins for its slots. */
  readonly plugins: readonly [Plugin<VaultAuthMethod>, ...(readonly Plugin[])];

  /**
   * The variables of the method and of the manager, including the one that selects the method. The suite verifies that the
   * values of secret variables never leak.
   */
  readonly env: Environment;

  /** The address of Vault, such as `http://127.0.0.1:8200`. */
  readonly address: string;

  /** The namespace of the login. @default none */
  readonly namespace?: string | undefined;

  /** The manager, `vaultPlugin()` of `@archestra/secrets-vault`. The permissions of a token of the method must suffice for its start. */
  readonly manager: Plugin<SecretsBackend>;

  /** Looks a token up in Vault, without the method. @returns undefined if the token is invalid */
  lookUp(token: string): Promise<KnownToken | undefined>;

  /** Texts that must not leak beside the values of secret variables, such as the current content of a file. @default none */
  readonly secrets?: (() => readonly string[]) | undefined;

  /**
   * Rotates the credential: replaces it by another one and invalidates the old one. Tokens from the old one may stay valid.
   */
  readonly rotate?: (() => void | Promise<void>) | undefined;

  /** Invalidates the credential without a replacement, until `rotate` replaces it. */
  readonly revoke?: (() => void | Promise<void>) | undefined;

  /**
   * Lets the source of the credential never respond, such as a provider without a timeout or a pipe without a writer. A read
   * before the returned function is called never receives a response. After it, `rotate` replaces the credential.
   */
  readonly silence?: (() => EndSilence | Promise<EndSilence>) | undefined;

  /** Invalid settings. None is a gap. */
  readonly refused?: readonly RefusedSettings[] | undefined;

  /** Closes what belongs to the case. Called once, after every manager has closed. @default nothing */
  readonly close?: (() => void | Promise<void>) | undefined;
}

/**
 * The harness that the author of an authentication method writes, for a real Vault. A missing part is reported as a gap. With
 * tokens that expire within ten seconds, the suite can test renewal and replacement.
 */
export interface VaultAuthHarness {
  /** Creates a credential that nothing else uses. Called once for each case. */
  open(): VaultAuthSetup | Promise<VaultAuthSetup>;
}
