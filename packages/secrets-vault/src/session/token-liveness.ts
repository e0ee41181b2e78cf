import { isSecretsError, SecretsError } from "@archestra/secrets-core/plugin";
import { abortable } from "../client/abortable.ts";
import type { AttemptLimits } from "../http/transport.ts";
import type { Lease } from "./lease.ts";

/** How long one lookup may take. */
const LOOKUP_TIMEOUT = 20_000;

/** A lookup in flight. */
interface Lookup {
  readonly number: number;
  readonly isAlive: Promise<boolean>;
}

/**
 * Finds out whether Vault still knows a token that it refused without saying why. Many calls meet such a refusal at the
 * same time: one lookup serves all of them, as far as it proves something to them. A dead token stays dead. A living one
 * may have died since, so a lookup that says so counts only for refusals that came before it began.
 */
export class TokenLiveness {
  readonly #lookUp: (token: string, limits: AttemptLimits) => Promise<unknown>;
  /** Ends every lookup. */
  readonly #ending: AbortSignal;
  readonly #dead = new WeakSet<Lease>();
  readonly #inFlight = new WeakMap<Lease, Lookup>();
  #begun = 0;

  /** @param lookUp fails with UNAUTHENTICATED when Vault does not know the token */
  constructor(lookUp: (token: string, limits: AttemptLimits) => Promise<unknown>, ending: AbortSignal) {
    this.#lookUp = lookUp;
    this.#ending = ending;
  }

  /**
   * Whether Vault knows the token of a lease now, at which it was just refused.
   *
   * @param signal ends the wait of this caller alone
   * @throws UNAVAILABLE and RATE_LIMITED when Vault does not say so now; the signal's reason
   */
  async isAlive(lease: Lease, signal: AbortSignal): Promise<boolean> {
    const begunBefore = this.#begun;
    for (;;) {
      if (this.#dead.has(lease)) return false;
      const lookup = this.#inFlight.get(lease) ?? this.#begin(lease);
      const isAlive = await abortable(lookup.isAlive, signal);
      if (!isAlive || lookup.number > begunBefore) return isAlive;
    }
  }

  #begin(lease: Lease): Lookup {
    const isAlive = this.#ask(lease).finally(() => this.#inFlight.delete(lease));
    // Its callers may have stopped waiting.
    isAlive.catch(() => undefined);
    const lookup = { number: ++this.#begun, isAlive };
    this.#inFlight.set(lease, lookup);
    return lookup;
  }

  async #ask(lease: Lease): Promise<boolean> {
    const timeout = AbortSignal.timeout(LOOKUP_TIMEOUT);
    const signal = AbortSignal.any([this.#ending, timeout]);
    try {
      await this.#lookUp(lease.token, { signal, deadline: Date.now() + LOOKUP_TIMEOUT });
      return true;
    } catch (error) {
      if (isSecretsError(error, "UNAUTHENTICATED")) {
        this.#dead.add(lease);
        return false;
      }
      if (error === timeout.reason) throw notEnded();
      if (signal.aborted || passes(error)) throw error;
      return true;
    }
  }
}

/** Whether an error is one of this moment, which says nothing about the token. */
export function passes(error: unknown): boolean {
  return isSecretsError(error, "UNAVAILABLE") || isSecretsError(error, "RATE_LIMITED");
}

function notEnded(): SecretsError {
  return new SecretsError("UNAVAILABLE", `The lookup of the token did not end within ${LOOKUP_TIMEOUT} ms.`, {
    reason: "NO_ANSWER",
  });
}
