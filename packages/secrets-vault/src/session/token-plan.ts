import type { VaultLogin } from "../auth/vault-login.ts";

/** What is to be done with a token, in milliseconds after the request that made or prolonged it began. */
export interface TokenPlan {
  /** From then on it is dead. Infinity: it lives for ever, or nobody knows. */
  readonly expires: number;
  /** Prolong it then. Infinity: it is not prolonged. */
  readonly renew: number;
  /** Get another one then, while this one still serves. Infinity: never by time alone. */
  readonly replace: number;
}

const SECOND = 1_000;
/** Tokens that live shorter are not prolonged but replaced. */
const SHORTEST_TO_RENEW = 30;
const VERY_SHORT = 10;

/**
 * Plans a token's life: prolonged after two thirds less up to a tenth at random, so that many processes do not come at
 * once; replaced after nine tenths. A short one, or one that cannot be prolonged, is replaced alone. One that was handed
 * to us is prolonged however short it is, since nothing else can take its place.
 *
 * @param ttl seconds; 0: for ever
 */
export function planToken(ttl: number, { issued, renewable, type, uses }: Partial<VaultLogin>): TokenPlan {
  if (ttl <= 0)
    return {
      expires: Number.POSITIVE_INFINITY,
      renew: Number.POSITIVE_INFINITY,
      replace: Number.POSITIVE_INFINITY,
    };
  const expires = ttl * SECOND;
  const never = Number.POSITIVE_INFINITY;
  if (issued !== false && ttl < VERY_SHORT) return { expires, renew: never, replace: expires / 2 };
  if (issued !== false && ttl < SHORTEST_TO_RENEW)
    return { expires, renew: never, replace: (expires * 2) / 3 };
  // Prolonging would use up one of its uses.
  const isRenewed = renewable === true && type !== "batch" && uses === undefined;
  const renew = isRenewed ? expires * (2 / 3 - Math.random() / 10) : never;
  return { expires, renew, replace: expires * 0.9 };
}

/** Whether a token is on its last lap after it was prolonged: cut by its maximum, or one that is better replaced by now. */
export function isLastLap(
  { issued, firstTtl }: { readonly issued: boolean; readonly firstTtl: number },
  { ttl, warnings }: { readonly ttl: number; readonly warnings: readonly string[] },
): boolean {
  if (warnings.some((text) => text.includes("max_ttl"))) return true;
  return issued && (ttl < SHORTEST_TO_RENEW || ttl < firstTtl / 3);
}
