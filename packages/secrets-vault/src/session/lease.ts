import type { VaultLogin } from "../auth/vault-login.ts";
import { type Moment, since } from "./clock.ts";
import { planToken, type TokenPlan } from "./token-plan.ts";

/** The lease of a token of the session: how long it is valid, and how many requests use it. */
export class Lease {
  readonly token: string;
  readonly issued: boolean;
  readonly isBatch: boolean;
  /** Its time to live when it was issued, in seconds. 0: it does not expire. */
  readonly firstTtl: number;
  readonly renewable: boolean;
  readonly #login: VaultLogin;
  #usesLeft: number;
  #since: Moment;
  #plan: TokenPlan;
  #inFlight = 0;
  #onIdle: (() => void) | undefined;

  constructor(login: VaultLogin, startedAt: Moment) {
    const { token, issued, ttl = 0, renewable = false, type, uses } = login;
    this.#login = login;
    this.token = token;
    this.issued = issued;
    this.isBatch = type === "batch";
    this.firstTtl = ttl;
    this.renewable = renewable;
    this.#usesLeft = uses ?? Number.POSITIVE_INFINITY;
    this.#since = startedAt;
    this.#plan = planToken(ttl, login);
  }

  get age(): number {
    return since(this.#since);
  }

  /** Whether requests can use it: it has not expired, and has a use left. */
  get isUsable(): boolean {
    return this.#usesLeft > 0 && !this.#isOlderThan(this.#plan.expires);
  }

  get isDueForRenewal(): boolean {
    return this.#isOlderThan(this.#plan.renew);
  }

  get isDueForReplacement(): boolean {
    return this.#usesLeft <= 1 || this.#isOlderThan(this.#plan.replace);
  }

  /** Milliseconds until it is due for renewal or replacement. Infinity: never by time alone. */
  get dueIn(): number {
    const { renew, replace } = this.#plan;
    const next = Math.min(renew, replace);
    return next === Number.POSITIVE_INFINITY ? next : Math.max(0, next - this.age);
  }

  /** How often it can still be used. Infinity: any number of times, or not known. */
  get usesLeft(): number {
    return this.#usesLeft;
  }

  /** Milliseconds until it expires. */
  get timeLeft(): number {
    return this.#plan.expires - this.age;
  }

  take(): void {
    this.#usesLeft--;
    this.#inFlight++;
  }

  giveBack(): void {
    if (--this.#inFlight === 0) this.#onIdle?.();
  }

  renewed(ttl: number, startedAt: Moment): void {
    this.#since = startedAt;
    this.#plan = planToken(ttl, this.#login);
  }

  /** Makes it due for replacement, and never again for renewal. */
  replaceNow(): void {
    this.#plan = { ...this.#plan, renew: Number.POSITIVE_INFINITY, replace: 0 };
  }

  /** Postpones its renewal by this many milliseconds. */
  renewLater(milliseconds: number): void {
    this.#plan = { ...this.#plan, renew: this.age + milliseconds };
  }

  /** Reads no clock for a token that does not expire, since each request calls this three times. */
  #isOlderThan(milliseconds: number): boolean {
    return milliseconds !== Number.POSITIVE_INFINITY && this.age >= milliseconds;
  }

  /** Resolves when no request uses it. */
  idle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }
}
