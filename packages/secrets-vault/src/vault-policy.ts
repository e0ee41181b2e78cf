import {
  defineKind,
  definePlugin,
  type OptionsOf,
  openStandalone,
  SecretsError,
  type StandaloneOptions,
} from "@archestra/secrets-core/plugin";
import type { SecretsRole } from "./client/role-capabilities.ts";
import { vaultSettings } from "./settings/vault-settings.ts";

const { kvVersion, secretPath, secretMetadataPath, namespace, authNamespace } = vaultSettings;
const policySettings = { kvVersion, secretPath, secretMetadataPath, namespace, authNamespace };

/**
 * What a policy is for. `reader`: `get`, `getMany`, `has`, `list` and `check`. `writer`: every call. `migrator`:
 * `migrateSecrets` and `finalizeMigration`. `token`: what a token without the policy `default` needs in addition.
 */
export type VaultPolicyRole = SecretsRole | "token";

/** The options of `vaultPolicy`: those of `vaultPlugin` that decide the paths. */
export type VaultPolicyOptions = OptionsOf<typeof policySettings>;

const policyKind = defineKind<string>("vault-policy");

/**
 * Returns the policy, in HCL, that allows a role everything that it does, and nothing more, with the paths of the settings. It
 * belongs to the namespace of the login. Vault is not needed for it.
 *
 * @param options the settings of `vaultPlugin` that decide the paths
 * @param standalone where the other settings come from
 * @throws ConfigurationError (INVALID_CONFIGURATION) with every problem of the settings at once
 * @throws SecretsError INVALID_ARGUMENT for an unknown role; INVALID_CONFIGURATION, reason NO_DATA_SEGMENT
 * @example await vaultPolicy("reader", { secretPath: "kv/data/app" })
 */
export async function vaultPolicy(
  role: VaultPolicyRole,
  options: VaultPolicyOptions = {},
  standalone: StandaloneOptions = {},
): Promise<string> {
  if (!["reader", "writer", "migrator", "token"].includes(role)) {
    throw new SecretsError("INVALID_ARGUMENT", "The role must be reader, writer, migrator or token.");
  }
  const plugin = definePlugin({
    kind: policyKind,
    id: "VAULT",
    contractVersion: 1,
    options,
    settings: policySettings,
    create: async (settings, { logger }) => {
      const { policyOf } = await import("./mount/policy-of.ts");
      return policyOf(role, settings, logger);
    },
  });
  return (await openStandalone(plugin, standalone)).product;
}
