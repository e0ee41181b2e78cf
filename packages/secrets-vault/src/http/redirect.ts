import type { VaultAnswer } from "../answers/vault-answer.ts";
import { RequestFailure } from "./request-failure.ts";

/**
 * Where a standby that cannot forward sends a request: the origin of the leader, and the path before `/v1/` when the
 * leader is reached under one.
 *
 * @returns undefined for a redirect that is not followed: to the same origin, which only corrects a path, or from TLS to
 * none
 */
export function redirectTarget(answer: VaultAnswer, from: URL): string | undefined {
  const { location } = answer.headers;
  if (location === undefined) return undefined;
  const target = URL.parse(location, from.href);
  if (target?.protocol !== "https:" && target?.protocol !== "http:") return undefined;
  if (target.origin === from.origin) return undefined;
  if (from.protocol === "https:" && target.protocol !== "https:") return undefined;
  const version = target.pathname.indexOf("/v1/");
  return target.origin + (version === -1 ? "" : target.pathname.slice(0, version));
}

/**
 * Refuses a redirect that leads from https to http, which lasts until `api_addr` of the nodes is corrected.
 *
 * @throws RequestFailure
 */
export function assertNoLossOfTls({ headers: { location } }: VaultAnswer, from: URL): void {
  if (from.protocol !== "https:" || location === undefined) return;
  if (URL.parse(location, from.href)?.protocol !== "http:") return;
  const message = `Vault at ${from.origin} redirects to a plain http address, which is not followed. Set \`api_addr\` of its nodes to an https address.`;
  throw new RequestFailure("INVALID_CONFIGURATION", message, false, { reason: "REDIRECTED" });
}
