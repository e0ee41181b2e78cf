import type { VaultLogin } from "../auth/vault-login.ts";

/** When a token is renewed and replaced, in milliseconds after the request that created or renewed it began. */
export interface TokenPlan {
  /** When it expires. Infinity: never, or unknown. */
  readonly expires: number;
  /** When it is renewed. Infinity: never. */
  readonly renew: number;
  /** When it is replaced, while it is still valid. Infinity: never by time alone. */
  readonly replace: number;
}

const SECOND = 1_000;
/** Tokens with a shorter time to live are not renewed but replaced. */
const SHORTEST_TO_RENEW = 30;
const VERY_SHORT = 10;

/**
 * Plans a token's life. It is renewed after two thirds of its time, minus up to a tenth at random, so that many processes
 * do not renew at once, and replaced after nine tenths. A token that is short-lived or not renewable is only replaced. A
 * given token is renewed however short-lived it is, since it cannot be replaced.
 *
 * @param ttl seconds; 0: for ever
 */
export function planToken(ttl: number, { issued, renewable, type, uses }: Partial<VaultLogin>): TokenPlan {
  const never = Number.POSITIVE_INFINITY;
  if (ttl <= 0) return { expires: never, renew: never, replace: never };
  const expires = ttl * SECOND;
  if (issued !== false && ttl < VERY_SHORT) return { expires, renew: never, replace: expires / 2 };
  if (issued !== false && ttl < SHORTEST_TO_RENEW)
    return { expires, renew: never, replace: (expires * 2) / 3 };
  // A renewal would use up one of its uses.
  const isRenewed = renewable === true && type !== "batch" && uses === undefined;
  const renew = isRenewed ? expires * (2 / 3 - Math.random() / 10) : never;
  return { expires, renew, replace: expires * 0.9 };
}

/** Whether a renewal was the last: Vault capped it at the maximum, or the token has so little time left that it is replaced. */
export function isFinalRenewal(
  { issued, firstTtl }: { readonly issued: boolean; readonly firstTtl: number },
  { ttl, warnings }: { readonly ttl: number; readonly warnings: readonly string[] },
): boolean {
  if (warnings.some((text) => text.includes("max_ttl"))) return true;
  return issued && (ttl < SHORTEST_TO_RENEW || ttl < firstTtl / 3);
}
