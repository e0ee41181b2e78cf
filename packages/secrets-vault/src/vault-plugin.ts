import {
  backend,
  definePlugin,
  type OptionsOf,
  type Plugin,
  type SecretsBackend,
} from "@archestra/secrets-core/plugin";
import { vaultSettings } from "./vault-settings.ts";

/** What `vaultPlugin` takes: each setting, given in code instead of in the environment. */
export type VaultOptions = OptionsOf<typeof vaultSettings>;

/**
 * The plugin `VAULT`: secrets in HashiCorp Vault, on a mount of KV version 1 or 2. While its address, the licence or the
 * credentials are missing, the plugin `DB` takes over.
 *
 * The HTTP client loads when the plugin is the one in use.
 */
export function vaultPlugin(options: VaultOptions = {}): Plugin<SecretsBackend> {
  return definePlugin({
    kind: backend,
    id: "VAULT",
    contractVersion: 1,
    fallback: "DB",
    options,
    settings: vaultSettings,
    create: async (settings, context) => {
      const { openVaultBackend } = await import("./startup/open-vault-backend.ts");
      return openVaultBackend(settings, context);
    },
  });
}
