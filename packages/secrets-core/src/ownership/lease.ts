import { randomUUID } from "node:crypto";
import type { OwnershipEntry } from "../backend/ownership-store.ts";

const leased = /^lease-([1-9][0-9]{2,8})-/;

/** The id of a transition with a lease of so many milliseconds. */
export function leasedTransition(lease: number): string {
  return `lease-${lease}-${randomUUID()}`;
}

/** The lease of a transition in milliseconds. Undefined: it has none, and is stale at the recovery age. */
export function leaseOf({ transitionId }: Pick<OwnershipEntry, "transitionId">): number | undefined {
  const [, lease] = leased.exec(transitionId ?? "") ?? [];
  return lease === undefined ? undefined : Number(lease);
}

/** Renews a lease while a function of the application runs, which may take longer than the lease. */
export class LeaseRenewal {
  readonly #renew: () => Promise<boolean>;
  readonly #interval: number;
  readonly #lost = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #isEnded = false;

  /**
   * @param lease milliseconds. It is renewed after each third of it
   * @param renew returns false when the entry is no longer as this call left it. A failure is repeated at the next time
   */
  constructor(lease: number, renew: () => Promise<boolean>) {
    this.#renew = renew;
    this.#interval = lease / 3;
    this.#schedule();
  }

  /** Aborts when another process has the entry. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** From here on, the lease runs out. */
  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    this.#timer = setTimeout(async () => {
      const isRenewed = await this.#renew().catch(() => true);
      if (this.#isEnded) return;
      if (isRenewed) this.#schedule();
      else this.#lost.abort();
    }, this.#interval);
    this.#timer.unref();
  }
}
