import { definePlugin, type OptionsOf, type Plugin, variable } from "@archestra/secrets-core/plugin";
import {
  readLogin,
  type VaultAuthMethod,
  vaultAuth,
  vaultPath,
  vaultSegment,
} from "@archestra/secrets-vault/auth";
import { refusedLogin } from "./refused-login.ts";
import { DEFAULT_TOKEN_PATH, readToken } from "./token-file.ts";

const settings = {
  /**
   * The role of Vault's Kubernetes auth method to log in to.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_K8S_ROLE`.
   */
  role: variable("ARCHESTRA_HASHICORP_VAULT_K8S_ROLE", {
    schema: vaultSegment,
    required: true,
    description: "The role of Vault's Kubernetes auth method to log in to.",
  }),
  /**
   * The file with the pod's service-account token. It is read at each login.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH`. Default: `/var/run/secrets/kubernetes.io/serviceaccount/token`.
   */
  tokenPath: variable("ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH", {
    path: true,
    default: DEFAULT_TOKEN_PATH,
    description: "The file with the pod's service-account token. It is read at each login.",
  }),
  /**
   * Where the Kubernetes auth method is mounted, without `auth/`.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_K8S_MOUNT_POINT`. Default: `kubernetes`.
   */
  mountPoint: variable("ARCHESTRA_HASHICORP_VAULT_K8S_MOUNT_POINT", {
    schema: vaultPath,
    schemaMessagesAreSafe: true,
    default: "kubernetes",
    description: "Where the Kubernetes auth method is mounted, without `auth/`.",
  }),
};

/** The options of `k8sAuth`: each setting, in code instead of in the environment. */
export type K8sAuthOptions = OptionsOf<typeof settings>;

/**
 * The authentication method `K8S`: a login with the service-account token that Kubernetes mounts in a pod and renews
 * there. The method keeps nothing of it between two logins.
 */
export function k8sAuth(options: K8sAuthOptions = {}): Plugin<VaultAuthMethod> {
  return definePlugin({
    kind: vaultAuth,
    id: "K8S",
    contractVersion: 1,
    options,
    settings,
    create: ({ role, tokenPath, mountPoint }) => ({
      async login(send, { signal }) {
        const { jwt, claims } = await readToken(tokenPath, signal);
        const answer = await send({ path: `auth/${mountPoint}/login`, body: { role, jwt } });
        if (answer.status === 200) return readLogin(answer, "Kubernetes");
        throw refusedLogin(answer, { role, mountPoint, claims });
      },
    }),
  });
}
