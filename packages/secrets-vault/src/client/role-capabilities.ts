import type { SecretPlace } from "../paths/secret-paths.ts";

/** What an application does with secrets in Vault. */
export type SecretsRole = "reader" | "writer" | "migrator";

interface RoleCapabilities {
  /** On the values of KV version 2. */
  readonly values: readonly string[];
  /** On the metadata of KV version 2. */
  readonly metadata: readonly string[];
  /** On KV version 1, which has one path for both. */
  readonly kv1: readonly string[];
}

const capabilitiesOf: Readonly<Record<SecretsRole, RoleCapabilities>> = {
  reader: { values: ["read"], metadata: ["read", "list"], kv1: ["read", "list"] },
  writer: {
    values: ["create", "update", "read"],
    metadata: ["read", "list", "delete"],
    kv1: ["create", "update", "read", "delete", "list"],
  },
  migrator: {
    values: ["create", "update", "read"],
    metadata: ["list", "delete"],
    kv1: ["create", "read", "delete", "list"],
  },
};

/** The rules of a policy that allows a role what it does. @param prefix what precedes our paths in a policy of the token */
export function policyRules(
  role: SecretsRole,
  { kvVersion, values, metadata }: SecretPlace,
  prefix = "",
): string[] {
  const capabilities = capabilitiesOf[role];
  if (kvVersion === 1) return [policyRule(`${prefix}${values}/*`, capabilities.kv1)];
  return [
    policyRule(`${prefix}${values}/*`, capabilities.values),
    policyRule(`${prefix}${metadata}/*`, capabilities.metadata),
  ];
}

/** One rule of a policy, in HCL. */
export function policyRule(path: string, capabilities: readonly string[]): string {
  const list = capabilities.map((capability) => JSON.stringify(capability)).join(", ");
  return `path ${JSON.stringify(path)} { capabilities = [${list}] }`;
}
