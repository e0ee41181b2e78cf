import { neededCapabilities } from "../client/needed-capabilities.ts";
import type { ClientRequest } from "../client/vault-client.ts";
import type { SecretPlace } from "../paths/secret-paths.ts";

/** The policy that lets a token do everything that the manager can be asked to do. */
export function neededPolicy(place: SecretPlace): string {
  if (place.kvVersion === 1) return stanza(place.values, ["create", "update", "read", "delete", "list"]);
  return `${stanza(place.values, ["create", "update", "read"])} ${stanza(place.entries, ["read", "list", "delete"])}`;
}

/** What a policy has to hold so that a refused request is allowed. */
export function capabilityRemedy(request: ClientRequest, prefix = ""): string {
  const { path, capabilities } = neededCapabilities(request.method, request.path);
  return `Add to the policy: path ${JSON.stringify(`${prefix}${path}`)} { capabilities = ${JSON.stringify(capabilities)} }`;
}

function stanza(prefix: string, capabilities: readonly string[]): string {
  return `path ${JSON.stringify(`${prefix}/*`)} { capabilities = ${JSON.stringify(capabilities)} }`;
}
