import type { Plugin } from "@archestra/secrets-core/plugin";
import { dbPlugin } from "@archestra/secrets-db";
import { agentAuth, vaultPlugin } from "@archestra/secrets-vault";
import { appRoleAuth } from "@archestra/vault-auth-approle";
import { awsAuth } from "@archestra/vault-auth-aws";
import { jwtAuth } from "@archestra/vault-auth-jwt";
import { k8sAuth } from "@archestra/vault-auth-k8s";
import { tokenAuth } from "@archestra/vault-auth-token";

/** Creates the plugins that the program brings. */
export function ownPlugins(): readonly Plugin[] {
  return [
    // A wrong path must not look like a database without secrets.
    dbPlugin({ mustExist: true }),
    vaultPlugin(),
    agentAuth(),
    appRoleAuth(),
    awsAuth(),
    jwtAuth(),
    k8sAuth(),
    tokenAuth(),
  ];
}
