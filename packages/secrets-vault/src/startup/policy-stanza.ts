import type { ClientRequest } from "../client/vault-client.ts";
import type { SecretPlace } from "../paths/secret-paths.ts";

/** The policy that lets a token do everything that the manager can be asked to do. */
export function neededPolicy(place: SecretPlace): string {
  if (place.kvVersion === 1) return stanza(place.values, ["create", "update", "read", "delete", "list"]);
  return `${stanza(place.values, ["create", "update", "read"])} ${stanza(place.entries, ["read", "list", "delete"])}`;
}

/** What a policy has to hold so that a refused request is allowed. */
export function capabilityRemedy({ method, path }: ClientRequest): string {
  const [encoded = "", query = ""] = path.split("?");
  const shown = decodeURIComponent(encoded);
  const needed = query.startsWith("list=")
    ? ["list"]
    : method === "GET"
      ? ["read"]
      : method === "DELETE"
        ? ["delete"]
        : ["create", "update"];
  return `Add to the policy: path ${JSON.stringify(query.startsWith("list=") ? `${shown}/` : shown)} { capabilities = ${JSON.stringify(needed)} }`;
}

function stanza(prefix: string, capabilities: readonly string[]): string {
  return `path ${JSON.stringify(`${prefix}/*`)} { capabilities = ${JSON.stringify(capabilities)} }`;
}
