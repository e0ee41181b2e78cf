/** What a request needs of the policies: the path as policies name it, and the capabilities. */
export interface NeededCapabilities {
  readonly path: string;
  readonly capabilities: readonly string[];
}

/** The capabilities that a request of a KV engine needs. A write may make a secret or replace one. */
export function neededCapabilities(method: string, requestPath: string): NeededCapabilities {
  const [encoded = "", query = ""] = requestPath.split("?");
  const path = decodeURIComponent(encoded);
  if (query.startsWith("list=")) return { path: `${path}/`, capabilities: ["list"] };
  if (method === "GET") return { path, capabilities: ["read"] };
  return { path, capabilities: method === "DELETE" ? ["delete"] : ["create", "update"] };
}
