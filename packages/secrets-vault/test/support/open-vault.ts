import {
  type CreateSecretsManagerOptions,
  createSecretsManager,
  type Environment,
  type SecretsManager,
} from "@archestra/secrets-core";
import type { AppRole, AppRoleOptions } from "@archestra/test-servers/vault-administration";
import type { VaultServer } from "@archestra/test-servers/vault-server";
import { tokenAuth } from "@archestra/vault-auth-token";
import { onTestFinished } from "vitest";
import { vaultPlugin } from "../../src/index.ts";
import { appRoleAuth } from "./app-role-auth.ts";

/** What an operator sets for a Vault at an address. */
export function vaultEnv(address: string, more: Environment = {}): Environment {
  return {
    ARCHESTRA_SECRETS_MANAGER: "VAULT",
    ARCHESTRA_HASHICORP_VAULT_ADDR: address,
    ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
    ...more,
  };
}

/** The variables that choose the method TOKEN. */
export function tokenEnv(token: string): Environment {
  return { ARCHESTRA_HASHICORP_VAULT_TOKEN: token };
}

/** The variables that choose the method AppRole. */
export function appRoleEnv({ roleId, secretId }: AppRole): Environment {
  return {
    ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: "APPROLE",
    ACME_VAULT_APPROLE_ROLE_ID: roleId,
    ACME_VAULT_APPROLE_SECRET_ID: secretId,
  };
}

/** Opens a manager that is closed when the test has finished. */
export async function openVault(
  env: Environment,
  options: Omit<CreateSecretsManagerOptions, "plugins" | "env"> = {},
  morePlugins: CreateSecretsManagerOptions["plugins"] = [],
): Promise<SecretsManager> {
  const plugins = [vaultPlugin(), tokenAuth(), appRoleAuth(), ...morePlugins];
  const manager = await createSecretsManager({ plugins, env, ...options });
  onTestFinished(() => manager.close());
  return manager;
}

/** The policy of an application that may do everything under the default prefix of KV version 2. */
export const applicationPolicy = `
path "secret/data/archestra/*" { capabilities = ["create", "update", "read"] }
path "secret/metadata/archestra/*" { capabilities = ["read", "list", "delete"] }
`;

/** Mounts KV version 2 at `secret`, and makes a role that may use it. */
export async function prepareAppRole(server: VaultServer, role: AppRoleOptions = {}): Promise<AppRole> {
  await server.mountKv("secret", 2);
  await server.putPolicy("application", applicationPolicy);
  await server.enableAppRole();
  return server.createAppRole({ policies: ["application"], ...role });
}
