/**
 * What precedes our paths in a policy, which belongs to the namespace of the login: the rest of the way to the namespace of
 * the secrets.
 */
export function policyPrefix(namespace: string | undefined, authNamespace: string | undefined): string {
  if (namespace === undefined || authNamespace === undefined) return "";
  if (authNamespace === "root") return `${namespace}/`;
  return namespace.startsWith(`${authNamespace}/`) ? `${namespace.slice(authNamespace.length + 1)}/` : "";
}
