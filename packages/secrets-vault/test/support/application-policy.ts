/** The policy of an application that may do everything under the prefix `archestra` of a mount, and no more. */
export function policyOf(mount: string, kvVersion: 1 | 2): string {
  return kvVersion === 1
    ? `path "${mount}/archestra/*" { capabilities = ["create", "update", "read", "delete", "list"] }`
    : `path "${mount}/data/archestra/*" { capabilities = ["create", "update", "read"] }
       path "${mount}/metadata/archestra/*" { capabilities = ["read", "list", "delete"] }`;
}
