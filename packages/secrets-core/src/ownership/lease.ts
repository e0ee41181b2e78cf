import { randomUUID } from "node:crypto";
import type { CallContext } from "../backend/backend.ts";
import type { OwnershipEntry } from "../backend/ownership-store.ts";
import { refreshOvertaken } from "../errors/failed-refresh.ts";

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

/**
 * Renews a lease while a function of the application runs, which may take longer than the lease. A function that does not end
 * keeps the lease until the deadline of its call.
 */
export class LeaseRenewal {
  readonly #renew: (timeout: number) => Promise<boolean>;
  readonly #interval: number;
  readonly #call: Pick<CallContext, "deadline">;
  readonly #lost = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #isEnded = false;

  /**
   * @param lease milliseconds. It is renewed after each third of it
   * @param call its deadline may be brought forward
   * @param renew returns false when the entry is no longer as this call left it. A failure is repeated at the next time.
   * `timeout`: how long it may take, in whole milliseconds
   */
  constructor(
    lease: number,
    call: Pick<CallContext, "deadline">,
    renew: (timeout: number) => Promise<boolean>,
  ) {
    this.#renew = renew;
    this.#call = call;
    this.#interval = Math.floor(lease / 3);
    this.#schedule();
  }

  /** Aborts with CONFLICT, reason REFRESH_OVERTAKEN, when another process has the entry. */
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
      if (Date.now() >= this.#call.deadline) return;
      const isRenewed = await this.#renew(this.#interval).catch(() => true);
      if (this.#isEnded) return;
      if (isRenewed) this.#schedule();
      else this.#lost.abort(refreshOvertaken());
    }, this.#interval);
    this.#timer.unref();
  }
}
