import {
  defineKind,
  definePlugin,
  type OptionsOf,
  openStandalone,
  type StandaloneOptions,
  wrapError,
} from "@archestra/secrets-core/plugin";
import { connectionSettings } from "./settings/vault-settings.ts";
import type { PathReader, VaultSecret } from "./startup/path-reader.ts";

/** The options of `openVaultReader`: the settings of `vaultPlugin` that lead to Vault, in code. */
export type VaultConnectionOptions = OptionsOf<typeof connectionSettings>;

/** Reads secrets that do not belong to the manager. */
export interface VaultReader extends AsyncDisposable {
  /**
   * Reads a secret.
   *
   * @param path the path with its mount, such as `secret/data/team/database`. On KV version 2, `data` may be left out
   * @returns undefined when no secret is at this path
   * @throws SecretsError as the calls of a manager do
   */
  read(
    path: string,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<VaultSecret | undefined>;
  /** Revokes the token of the session, and closes the connections. */
  close(): Promise<void>;
}

const kind = defineKind<PathReader>("vault-reader", { methods: ["read", "close"] });

/**
 * Opens a reader of secrets in any folder of Vault, with the address and the login of `vaultPlugin`. The mount and its KV
 * version are detected. Nothing is written.
 *
 * @param options the settings that lead to Vault
 * @param standalone where the other settings come from. `plugins` has the authentication methods
 * @throws ConfigurationError (INVALID_CONFIGURATION) with every problem of the settings at once
 * @example
 * const reader = await openVaultReader({}, { plugins: [tokenAuth()] });
 * const secret = await reader.read("secret/data/team/database");
 * await reader.close();
 */
export async function openVaultReader(
  options: VaultConnectionOptions = {},
  standalone: StandaloneOptions = {},
): Promise<VaultReader> {
  const plugin = definePlugin({
    kind,
    id: "VAULT",
    contractVersion: 1,
    options,
    settings: connectionSettings,
    create: async (settings, context) => {
      const [{ openVaultClient }, { PathReader }] = await Promise.all([
        import("./startup/open-vault-client.ts"),
        import("./startup/path-reader.ts"),
      ]);
      const { client, close } = await openVaultClient(settings, context);
      return new PathReader(client, close);
    },
  });
  const { product, dispose } = await openStandalone(plugin, standalone);
  return {
    read: async (path, { signal } = {}) => {
      try {
        return await product.read(path, signal);
      } catch (error) {
        throw wrapError(error, { operation: "read", manager: "VAULT" });
      }
    },
    close: dispose,
    [Symbol.asyncDispose]: dispose,
  };
}
