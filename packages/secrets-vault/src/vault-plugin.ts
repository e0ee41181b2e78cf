import {
  backend,
  definePlugin,
  type OptionsOf,
  type Plugin,
  type SecretsBackend,
} from "@archestra/secrets-core/plugin";
import { vaultSettings } from "./settings/vault-settings.ts";

/** The options of `vaultPlugin`: each setting, in code instead of in the environment. */
export type VaultOptions = OptionsOf<typeof vaultSettings>;

/**
 * The plugin `VAULT`: secrets in HashiCorp Vault, on a mount of KV version 1 or 2. While its address, the license or the
 * credentials are missing, the plugin `DB` is used instead.
 *
 * The HTTP client is loaded only when this plugin is used.
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
    diagnose: async (settings, context) => {
      const { diagnoseVault } = await import("./diagnosis/diagnose-vault.ts");
      return diagnoseVault(settings, context);
    },
  });
}
