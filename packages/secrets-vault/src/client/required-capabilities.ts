import type { SecretPlace } from "../paths/secret-paths.ts";
import { policyRule, policyRules } from "./role-capabilities.ts";
import type { ClientRequest } from "./vault-client.ts";

/** What a request to a KV engine requires of the policies. A write may create a secret or replace one. */
export function requiredCapabilities(
  method: string,
  requestPath: string,
): { readonly path: string; readonly capabilities: readonly string[] } {
  const [encoded = "", query = ""] = requestPath.split("?");
  const path = decodeURIComponent(encoded);
  if (query.startsWith("list=")) return { path: `${path}/`, capabilities: ["list"] };
  if (method === "GET") return { path, capabilities: ["read"] };
  return { path, capabilities: method === "DELETE" ? ["delete"] : ["create", "update"] };
}

/** A request of a token for its own capabilities on some paths. */
export function capabilitiesRequest(paths: readonly string[]): ClientRequest {
  const subject = "reading the capabilities of the token";
  return { method: "POST", path: "sys/capabilities-self", body: { paths }, subject };
}

/**
 * What to add to a policy so that a refused request is allowed.
 *
 * @param prefix what precedes our paths in a policy of the token
 */
export function policyRemedy(method: string, requestPath: string, prefix: string): string {
  const { path, capabilities } = requiredCapabilities(method, requestPath);
  return `Add to the policy: ${policyRule(`${prefix}${path}`, capabilities)}`;
}

/** The policy that allows everything that the manager can be called for, on one line. */
export function requiredPolicy(place: SecretPlace): string {
  return policyRules("writer", place).join(" ");
}
