import type { KubernetesServer } from "./kubernetes-server.ts";
import type { VaultServer } from "./vault-server.ts";

/** Durations are Vault's, such as `"2s"`; absence is Vault's default. */
export interface KubernetesRoleOptions {
  /** @default "application" */
  readonly name?: string;
  /** @default "kubernetes" */
  readonly mount?: string;
  /** The audience that tokens have to have. Absent: any. */
  readonly audience?: string;
  /** The service accounts that may log in. @default ["application"] */
  readonly serviceAccounts?: readonly string[];
  /** Their namespaces. @default ["default"] */
  readonly namespaces?: readonly string[];
  readonly policies?: readonly string[];
  readonly tokenTtl?: string;
  readonly tokenMaxTtl?: string;
  readonly tokenNumUses?: number;
  readonly tokenType?: "service" | "batch";
}

/** Where the service account of Vault itself lives, which reviews tokens. */
const REVIEWER = { namespace: "vault", name: "reviewer" };

/**
 * Enables Kubernetes logins against this cluster, with a service account that may review tokens, and makes a role.
 *
 * @param options of the role; its mount is enabled
 */
export async function configureVaultKubernetes(
  vault: VaultServer,
  kubernetes: KubernetesServer,
  options: KubernetesRoleOptions = {},
): Promise<void> {
  const { namespace, name } = REVIEWER;
  await kubernetes.createNamespace(namespace);
  await kubernetes.createServiceAccount(namespace, name);
  await kubernetes.allowReviews(namespace, name);
  const mount = options.mount ?? "kubernetes";
  await vault.enableAuth("kubernetes", mount);
  await vault.demand("POST", `auth/${mount}/config`, {
    kubernetes_host: kubernetes.address,
    kubernetes_ca_cert: kubernetes.authority,
    token_reviewer_jwt: await kubernetes.requestToken(namespace, name, { expirationSeconds: 86_400 }),
    disable_local_ca_jwt: true,
  });
  await putKubernetesRole(vault, options);
}

/** Makes a role, or changes it. Its mount has to be enabled. */
export async function putKubernetesRole(
  vault: VaultServer,
  options: KubernetesRoleOptions = {},
): Promise<void> {
  const { mount = "kubernetes", name = "application" } = options;
  await vault.demand("POST", `auth/${mount}/role/${name}`, {
    bound_service_account_names: options.serviceAccounts ?? ["application"],
    bound_service_account_namespaces: options.namespaces ?? ["default"],
    audience: options.audience,
    token_policies: options.policies,
    token_ttl: options.tokenTtl,
    token_max_ttl: options.tokenMaxTtl,
    token_num_uses: options.tokenNumUses,
    token_type: options.tokenType,
  });
}
