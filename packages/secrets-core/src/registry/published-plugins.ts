/** The plugins that this family publishes, by kind and id: what to install when one is named and not there. */
const publishedPlugins: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  backend: {
    DB: "@archestra/secrets-db",
    VAULT: "@archestra/secrets-vault",
    MEMORY: "@archestra/secrets-core/memory",
  },
  "vault-auth": {
    TOKEN: "@archestra/vault-auth-token",
    K8S: "@archestra/vault-auth-k8s",
    AWS: "@archestra/vault-auth-aws",
    APPROLE: "@archestra/vault-auth-approle",
    JWT: "@archestra/vault-auth-jwt",
    AGENT: "@archestra/secrets-vault",
  },
};

/** The package that brings a plugin of ours. Undefined: we publish none of this id. */
export function packageOfPlugin(kindId: string, pluginId: string): string | undefined {
  const packages = publishedPlugins[kindId];
  const id = pluginId.toUpperCase();
  return packages !== undefined && Object.hasOwn(packages, id) ? packages[id] : undefined;
}
