import type { Environment } from "@archestra/secrets-core";
import type { Plugin, SecretsBackend } from "@archestra/secrets-core/plugin";
import type { VaultAuthMethod } from "@archestra/secrets-vault/auth";

/** What Vault says of a token that is alive. */
export interface KnownToken {
  /** Seconds that it still lives. 0: for ever. */
  readonly ttl: number;
  readonly renewable: boolean;
  readonly type: "service" | "batch";
  /** How often it can be used. 0: any number of times. */
  readonly uses: number;
}

/** Settings with which Vault has to refuse the login. */
export interface RefusedSettings {
  /** What is wrong with them, as in "a role that is not there". */
  readonly what: string;
  /** The variables that differ. */
  readonly env: Environment;
}

/** Lets a source of credentials answer again. */
export type EndSilence = () => void | Promise<void>;

/** A Vault for one case, a credential for it, and what the harness can do with both. */
export interface VaultAuthSetup {
  /** The method under test, and behind it the plugins for its slots. */
  readonly plugins: readonly [Plugin<VaultAuthMethod>, ...(readonly Plugin[])];

  /**
   * The variables of the method and of the manager, among them the one that selects the method. The values of variables
   * that are declared secret are watched for wherever they could leak.
   */
  readonly env: Environment;

  /** The address of Vault, such as `http://127.0.0.1:8200`. */
  readonly address: string;

  /** The namespace of the login. @default none */
  readonly namespace?: string | undefined;

  /** The manager, `vaultPlugin()` of `@archestra/secrets-vault`. What a token of the method may do has to let it start. */
  readonly manager: Plugin<SecretsBackend>;

  /** Asks Vault for a token, past the method. @returns undefined when Vault does not know it, or not any more */
  lookUp(token: string): Promise<KnownToken | undefined>;

  /** What nobody may see beside the values of secret variables, such as what a file holds at this moment. @default nothing */
  readonly secrets?: (() => readonly string[]) | undefined;

  /**
   * Puts another credential in the place of the one that the variables name, and lets the old one stop working: what
   * happens when a secret is rotated. Tokens that were made with the old one may live on.
   */
  readonly rotate?: (() => void | Promise<void>) | undefined;

  /** Lets the credential stop working, with none in its place, until `rotate` puts one there. */
  readonly revoke?: (() => void | Promise<void>) | undefined;

  /**
   * Lets the source of the credential never answer, as a provider without a timeout or a pipe without a writer does. What
   * was asked before the returned function is called never gets an answer. After it, `rotate` puts another credential in
   * place.
   */
  readonly silence?: (() => EndSilence | Promise<EndSilence>) | undefined;

  /** Ways to set it up wrongly. None is a gap. */
  readonly refused?: readonly RefusedSettings[] | undefined;

  /** Ends what belongs to the case. Called once, after every manager has closed. @default nothing */
  readonly close?: (() => void | Promise<void>) | undefined;
}

/**
 * What the author of an authentication method writes to have it tested on a real Vault. What is left out is reported as a
 * gap. Tokens that live for at most ten seconds let the suite see one being prolonged or replaced.
 */
export interface VaultAuthHarness {
  /** Makes a credential that nothing else uses. Called once for each case. */
  open(): VaultAuthSetup | Promise<VaultAuthSetup>;
}
