import { isSecretsError, type SecretsError } from "@archestra/secrets-core/plugin";
import { type CallLimits, limitsWithin } from "../http/call-limits.ts";
import { abortable } from "./abortable.ts";
import type { Lease } from "./lease.ts";

const LOOKUP_TIMEOUT = 20_000;

interface Lookup {
  readonly number: number;
  readonly isAlive: Promise<boolean>;
}

/**
 * Finds out whether Vault still knows a token that it refused without a reason. Many calls receive such a refusal at the
 * same time, and one lookup serves all for which it proves something. A revoked token stays revoked. A valid one may have
 * been revoked since, so a lookup that finds it valid counts only for refusals that arrived before it began.
 */
export class TokenLiveness {
  readonly #lookUp: (token: string, limits: CallLimits) => Promise<unknown>;
  /** Ends every lookup. */
  readonly #ending: AbortSignal;
  readonly #revoked = new WeakSet<Lease>();
  readonly #inFlight = new WeakMap<Lease, Lookup>();
  #begun = 0;

  /** @param lookUp fails with UNAUTHENTICATED when Vault does not know the token */
  constructor(lookUp: (token: string, limits: CallLimits) => Promise<unknown>, ending: AbortSignal) {
    this.#lookUp = lookUp;
    this.#ending = ending;
  }

  /**
   * Whether Vault knows the token of a lease, which it just refused.
   *
   * @param signal ends the wait of this caller alone
   * @throws UNAVAILABLE and RATE_LIMITED when the lookup fails; the signal's reason
   */
  async isAlive(lease: Lease, signal: AbortSignal): Promise<boolean> {
    const begunBefore = this.#begun;
    for (;;) {
      if (this.#revoked.has(lease)) return false;
      const lookup = this.#inFlight.get(lease) ?? this.#begin(lease);
      const isAlive = await abortable(lookup.isAlive, signal);
      if (!isAlive || lookup.number > begunBefore) return isAlive;
    }
  }

  #begin(lease: Lease): Lookup {
    const isAlive = this.#isKnown(lease).finally(() => this.#inFlight.delete(lease));
    // Its callers may have stopped waiting.
    isAlive.catch(() => undefined);
    const lookup = { number: ++this.#begun, isAlive };
    this.#inFlight.set(lease, lookup);
    return lookup;
  }

  async #isKnown(lease: Lease): Promise<boolean> {
    const limits = limitsWithin(LOOKUP_TIMEOUT, "The lookup of the token", this.#ending);
    try {
      await this.#lookUp(lease.token, limits);
      return true;
    } catch (error) {
      if (isSecretsError(error, "UNAUTHENTICATED")) {
        this.#revoked.add(lease);
        return false;
      }
      if (limits.signal.aborted || isTransient(error)) throw error;
      return true;
    }
  }
}

/** Whether an error can pass by itself, and proves nothing about the token. */
export function isTransient(error: unknown): error is SecretsError {
  return isSecretsError(error, "UNAVAILABLE") || isSecretsError(error, "RATE_LIMITED");
}
