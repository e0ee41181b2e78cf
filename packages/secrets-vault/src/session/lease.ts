import type { VaultLogin } from "../auth/vault-login.ts";
import { type Moment, since } from "./clock.ts";
import { planToken, type TokenPlan } from "./token-plan.ts";

/** A token in use: until when it may be handed out, and who still uses it. */
export class Lease {
  readonly token: string;
  readonly issued: boolean;
  readonly isBatch: boolean;
  /** Seconds that it lived when it was made. 0: for ever. */
  readonly firstTtl: number;
  readonly renewable: boolean;
  readonly #uses: number | undefined;
  #usesLeft: number;
  #since: Moment;
  #plan: TokenPlan;
  #inFlight = 0;
  #onIdle: (() => void) | undefined;

  constructor(login: VaultLogin, startedAt: Moment) {
    const { token, issued, ttl = 0, renewable = false, type, uses } = login;
    this.token = token;
    this.issued = issued;
    this.isBatch = type === "batch";
    this.firstTtl = ttl;
    this.renewable = renewable;
    this.#uses = uses;
    this.#usesLeft = uses ?? Number.POSITIVE_INFINITY;
    this.#since = startedAt;
    this.#plan = planToken(ttl, login);
  }

  get age(): number {
    return since(this.#since);
  }

  /** Whether it may be handed out: it lives, and has a use left. */
  get serves(): boolean {
    return this.#usesLeft > 0 && !this.#isOlderThan(this.#plan.expires);
  }

  get isDueForRenewal(): boolean {
    return this.#isOlderThan(this.#plan.renew);
  }

  get isDueForReplacement(): boolean {
    return this.#usesLeft <= 1 || this.#isOlderThan(this.#plan.replace);
  }

  /** Milliseconds until something is to be done with it. Infinity: nothing by time alone. */
  get dueIn(): number {
    const { renew, replace } = this.#plan;
    const next = Math.min(renew, replace);
    return next === Number.POSITIVE_INFINITY ? next : Math.max(0, next - this.age);
  }

  /** Milliseconds that it still lives. */
  get livesFor(): number {
    return this.#plan.expires - this.age;
  }

  take(): void {
    this.#usesLeft--;
    this.#inFlight++;
  }

  giveBack(): void {
    if (--this.#inFlight === 0) this.#onIdle?.();
  }

  /** It was prolonged. */
  renewed(ttl: number, startedAt: Moment): void {
    this.#since = startedAt;
    this.#plan = planToken(ttl, {
      issued: this.issued,
      renewable: this.renewable,
      ...(this.isBatch ? { type: "batch" as const } : {}),
      ...(this.#uses === undefined ? {} : { uses: this.#uses }),
    });
  }

  /** It is not prolonged again; it is replaced as soon as that succeeds. */
  replaceNow(): void {
    this.#plan = { ...this.#plan, renew: Number.POSITIVE_INFINITY, replace: 0 };
  }

  /** Not prolonged before this many milliseconds have passed. */
  renewLater(milliseconds: number): void {
    this.#plan = { ...this.#plan, renew: this.age + milliseconds };
  }

  /** Reads no clock for what lasts for ever, since each request asks three times. */
  #isOlderThan(milliseconds: number): boolean {
    return milliseconds !== Number.POSITIVE_INFINITY && this.age >= milliseconds;
  }

  /** Settles when no request under way uses it. */
  idle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }
}
