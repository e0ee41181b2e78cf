import type { VaultAnswer } from "../auth/vault-answer.ts";

/**
 * Where a standby that cannot forward sends a request: the origin of the leader.
 *
 * @returns undefined for a redirect that is not followed: to the same origin, which only corrects a path, or from TLS to
 * none
 */
export function redirectTarget(answer: VaultAnswer, from: URL): string | undefined {
  const { location } = answer.headers;
  if (location === undefined) return undefined;
  let target: URL;
  try {
    target = new URL(location, from);
  } catch {
    return undefined;
  }
  if (target.protocol !== "https:" && target.protocol !== "http:") return undefined;
  if (target.origin === from.origin) return undefined;
  if (from.protocol === "https:" && target.protocol !== "https:") return undefined;
  return target.origin;
}
