import { setTimeout as sleep } from "node:timers/promises";
import {
  isSecretsError,
  type Logger,
  loginEvents,
  renewalEvents,
  SecretsError,
} from "@archestra/secrets-core/plugin";
import type { VaultAuthMethod } from "../auth/vault-auth-method.ts";
import type { VaultLogin } from "../auth/vault-login.ts";
import { type CallLimits, limitsWithin } from "../http/call-limits.ts";
import { abortable } from "./abortable.ts";
import { now } from "./clock.ts";
import { Cooling } from "./cooling.ts";
import { Lease } from "./lease.ts";
import { loginInTime } from "./login-in-time.ts";
import { isTransient, TokenLiveness } from "./token-liveness.ts";
import { isFinalRenewal } from "./token-plan.ts";
import type { TokenRequests } from "./token-requests.ts";
import { TokenWarnings, tokenRefused } from "./token-warnings.ts";

const MANAGER = "VAULT";

/** The timeout of one login, with the waits of its method. */
const LOGIN_TIMEOUT = 20_000;
const RENEWAL_TIMEOUT = 20_000;
const REVOCATION_TIMEOUT = 3_000;
/** How long a closing session waits for a login that was sent: its token could not be revoked otherwise. */
const LAST_LOGIN_TIMEOUT = 3_000;
/** How long after its beginning a call waits for the next attempt after a login that failed. */
const LONGEST_PATIENCE = 5_000;
/** A token keeps the policies of its login. How often a refusal causes another login, which may have more of them. */
const POLICY_LOGIN_INTERVAL = 60_000;
/** A token of this age has the current policies. Without this, a start that reads its capabilities would log in twice. */
const NEW_TOKEN_AGE = 1_000;
/** How often a given token is read again while it is valid: its file may hold another one. */
const REREAD_INTERVAL = 30_000;
/** How often a timer retries the replacement of a token that is due. */
const RETRY_INTERVAL = 1_000;
/** Node runs a longer timer after a millisecond. */
const LONGEST_TIMER = 2 ** 30;

interface Login {
  readonly lease: Promise<Lease>;
  /** When it is sent, after the wait that a failure before it causes, on `performance.now()`. */
  readonly beginsAt: number;
}

/**
 * The session: one token for all calls. It logs in once however many callers wait, renews and replaces the token before it
 * expires, replaces a revoked one, and waits longer after each failure without remembering any.
 */
export class Session {
  readonly #method: VaultAuthMethod;
  readonly #requests: TokenRequests;
  readonly #warnings: TokenWarnings;
  readonly #liveness: TokenLiveness;
  /** Aborts when nothing new may begin. */
  readonly #closing = new AbortController();
  /** Aborts when everything in progress must end. */
  readonly #ending = new AbortController();
  readonly #cooling = new Cooling();
  readonly #renewalCooling = new Cooling();
  /** Work in the background that `close` waits for. */
  readonly #background = new Set<Promise<unknown>>();
  #lease: Lease | undefined;
  #login: Login | undefined;
  #isRenewing = false;
  #lastFailure: unknown;
  /** A given token that Vault refused, and until when it is not used again. */
  #refusedToken: { readonly token: string; readonly until: number } | undefined;
  #policyLoginAt = Number.NEGATIVE_INFINITY;
  #rereadAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(method: VaultAuthMethod, requests: TokenRequests, logger: Logger) {
    this.#method = method;
    this.#requests = requests;
    this.#warnings = new TokenWarnings(logger);
    this.#liveness = new TokenLiveness(
      (token, limits) => requests.lookUp(token, limits),
      this.#ending.signal,
    );
  }

  /** Takes the token for a request that is sent at once. Undefined: there is none, wait for one. */
  take(): Lease | undefined {
    const lease = this.#lease;
    if (lease === undefined || !lease.isUsable) return undefined;
    // Timers may not have run: a process can have been suspended.
    this.#attend(lease);
    lease.take();
    return lease;
  }

  /**
   * Waits for a token.
   *
   * @param calledAt when the call began that needs it, on `performance.now()`
   * @throws the error of the login, and the signal's reason
   */
  async wait({ signal, deadline, failsFast }: CallLimits, calledAt: number): Promise<Lease> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#closing.signal.aborted) throw closed();
      const login = this.#logInOnce();
      // A caller that would wait too long for the next login receives the error of the last. The login is sent all the same.
      const longest = failsFast ? 0 : LONGEST_PATIENCE;
      const patience = Math.min(calledAt + longest - performance.now(), deadline - Date.now());
      if (this.#lastFailure !== undefined && login.beginsAt - performance.now() > patience)
        throw this.#lastFailure;
      await abortable(login.lease, signal);
      // Other callers may have used up a token with a limited number of uses.
      const lease = this.take();
      if (lease !== undefined) return lease;
    }
  }

  /** Drops a token that Vault no longer knows. The first call that reports it causes a login. */
  refused(lease: Lease): void {
    if (this.#lease !== lease) return;
    this.#lease = undefined;
    if (!lease.issued && lease.token !== "") this.#rememberRefused(lease.token);
    this.#schedule();
  }

  /** Whether another token may have policies that the token of a lease lacks. Logs in to find out, once a minute at most. */
  async hasNewPolicies(lease: Lease, { signal }: CallLimits): Promise<boolean> {
    if (this.#lease !== undefined && this.#lease !== lease) return true;
    if (this.#login === undefined) {
      const isRecent = performance.now() - this.#policyLoginAt < POLICY_LOGIN_INTERVAL;
      if (isRecent || lease.age < NEW_TOKEN_AGE || this.#cooling.left > 0) return false;
      this.#policyLoginAt = performance.now();
    }
    try {
      const next = await abortable(this.#logInOnce().lease, signal);
      return next.token !== lease.token;
    } catch {
      return false;
    }
  }

  /** Whether Vault still knows the token of a lease. @throws UNAVAILABLE and RATE_LIMITED when the lookup fails */
  isAlive(lease: Lease, { signal }: CallLimits): Promise<boolean> {
    return this.#liveness.isAlive(lease, signal);
  }

  /** Closes the session: it stops timers and logins, and revokes the token of its login if its policies allow that. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#closing.abort(closed());
    const end = setTimeout(() => this.#ending.abort(closed()), LAST_LOGIN_TIMEOUT);
    await this.#login?.lease.catch(() => undefined);
    clearTimeout(end);
    this.#ending.abort(closed());
    clearTimeout(this.#timer);
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease !== undefined) this.#retire(lease);
    await Promise.all(this.#background);
  }

  /**
   * The login in progress, or a new one.
   *
   * @param isBackground whether no call waits for it
   */
  #logInOnce(isBackground = false): Login {
    if (this.#login !== undefined) return this.#login;
    const wait = this.#cooling.left;
    const lease = this.#logIn(wait, isBackground).finally(() => {
      this.#login = undefined;
    });
    lease.catch(() => undefined);
    this.#login = { lease, beginsAt: performance.now() + wait };
    return this.#login;
  }

  async #logIn(wait: number, isBackground: boolean): Promise<Lease> {
    const closing = this.#closing.signal;
    if (wait > 0)
      await sleep(wait, undefined, { signal: closing, ref: false }).catch(() => closing.throwIfAborted());
    const limits = limitsWithin(LOGIN_TIMEOUT, "The login", this.#ending.signal);
    const startedAt = now();
    try {
      const complete = await loginEvents.trace(
        () => ({ manager: MANAGER, isBackground }),
        async () => {
          const login = await this.#callMethod(limits);
          this.#assertNotRefused(login);
          return this.#complete(login, limits);
        },
      );
      this.#cooling.succeeded();
      this.#lastFailure = undefined;
      return this.#install(new Lease(complete, startedAt));
    } catch (error) {
      this.#ending.signal.throwIfAborted();
      // A token that is known to be refused sends no request, so that its callers need not wait.
      if (!isSecretsError(error) || error.reason !== "TOKEN_REFUSED") {
        // Transient failures are retried so often that waiting callers succeed as soon as they have passed.
        this.#cooling.failed(isTransient(error) ? LONGEST_PATIENCE : undefined);
      }
      this.#lastFailure = error;
      throw error;
    }
  }

  #callMethod({ signal, deadline }: CallLimits): Promise<VaultLogin> {
    return loginInTime({
      method: this.#method,
      send: (request, end) => this.#requests.login(request, { signal: end, deadline }),
      signal,
      dispose: (late) => this.#disposeOfLate(late),
    });
  }

  /** Revokes a token that arrived too late. After `close`, the connection for it is closed again. */
  #disposeOfLate({ token, issued, type }: VaultLogin): void {
    if (!issued || type === "batch") return;
    const revoked = this.#revoke(token).catch(() => undefined);
    if (this.#ending.signal.aborted) void revoked.then(() => this.#requests.disconnect());
    else this.#inBackground(revoked);
  }

  /** Adds the properties of a given token, which Vault returns. */
  async #complete(login: VaultLogin, limits: CallLimits): Promise<VaultLogin> {
    if (login.ttl !== undefined) return login;
    try {
      const known = await this.#requests.lookUp(login.token, limits);
      if (known === undefined) this.#warnings.cannotLookUp();
      return { ...login, ...known };
    } catch (error) {
      if (!isSecretsError(error, "UNAUTHENTICATED")) throw error;
      this.#rememberRefused(login.token);
      throw tokenRefused();
    }
  }

  #install(lease: Lease): Lease {
    const old = this.#lease;
    this.#lease = lease;
    this.#rereadAt = performance.now() + REREAD_INTERVAL;
    if (old !== undefined && old.token !== lease.token) this.#retire(old);
    if (!lease.renewable) this.#warnings.expires(lease);
    this.#schedule();
    return lease;
  }

  /** Renews, replaces or reads the current token again, whichever is due. */
  #attend(lease: Lease): void {
    if (lease.issued && lease.isDueForReplacement) {
      this.#replaceInBackground();
      return;
    }
    if (lease.isDueForRenewal && !this.#isRenewing) this.#inBackground(this.#renew(lease));
    if (!lease.issued && performance.now() >= this.#rereadAt) this.#inBackground(this.#reread(lease));
  }

  #replaceInBackground(): void {
    this.#rereadAt = performance.now() + REREAD_INTERVAL;
    if (this.#login === undefined && this.#cooling.left === 0) this.#logInOnce(true);
  }

  async #renew(lease: Lease): Promise<void> {
    this.#isRenewing = true;
    const startedAt = now();
    try {
      const limits = limitsWithin(RENEWAL_TIMEOUT, "The renewal", this.#closing.signal);
      const renewed = await renewalEvents.trace(
        () => ({ manager: MANAGER }),
        () => this.#requests.renew(lease.token, limits),
        (event, answer) => {
          if (answer !== undefined) event.ttl = answer.ttl;
        },
      );
      this.#renewalCooling.succeeded();
      if (renewed !== undefined && renewed.ttl > 0) lease.renewed(renewed.ttl, startedAt);
      if (renewed === undefined || isFinalRenewal(lease, renewed)) {
        lease.replaceNow();
        if (this.#lease === lease) this.#warnings.expires(lease);
      }
    } catch {
      // It stays in use until it expires. A later attempt may succeed.
      this.#renewalCooling.failed();
      lease.renewLater(this.#renewalCooling.left);
    } finally {
      this.#isRenewing = false;
      if (this.#lease === lease) {
        if (lease.isDueForReplacement) this.#attend(lease);
        this.#schedule();
      }
    }
  }

  /** Reads a given token again, and replaces the current one when the operator has provided another. */
  async #reread(lease: Lease): Promise<void> {
    this.#rereadAt = performance.now() + REREAD_INTERVAL;
    try {
      const login = await this.#callMethod(limitsWithin(LOGIN_TIMEOUT, "The login", this.#closing.signal));
      if (login.token !== lease.token && this.#lease === lease) this.#replaceInBackground();
    } catch {
      // The current one stays in use.
    }
  }

  /** Revokes a token of a login when no request uses it any more. */
  #retire(lease: Lease): void {
    if (!lease.issued || lease.isBatch || !lease.isUsable) return;
    this.#inBackground(lease.idle().then(() => this.#revoke(lease.token)));
  }

  #revoke(token: string): Promise<void> {
    return this.#requests.revoke(token, limitsWithin(REVOCATION_TIMEOUT, "The revocation"));
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const lease = this.#lease;
    // An expired one is replaced by the next call.
    if (lease === undefined || !lease.isUsable || this.#closing.signal.aborted) return;
    const again = lease.issued ? RETRY_INTERVAL : REREAD_INTERVAL;
    this.#wakeIn(lease, Math.max(lease.dueIn, this.#cooling.left, lease.dueIn <= 0 ? again : 0));
  }

  #wakeIn(lease: Lease, milliseconds: number): void {
    if (milliseconds === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(
      () => {
        const left = lease.dueIn;
        // Timers fire early by a fraction, when nothing is due yet.
        if (left > 0) {
          this.#wakeIn(lease, left);
          return;
        }
        if (this.#lease === lease && lease.isUsable) this.#attend(lease);
        this.#schedule();
      },
      Math.ceil(Math.min(milliseconds, LONGEST_TIMER)),
    );
    this.#timer.unref();
  }

  #inBackground(work: Promise<unknown>): void {
    const ended = work.catch(() => undefined).finally(() => this.#background.delete(ended));
    this.#background.add(ended);
  }

  #rememberRefused(token: string): void {
    this.#refusedToken = { token, until: performance.now() + REREAD_INTERVAL };
  }

  #assertNotRefused({ token, issued }: VaultLogin): void {
    if (issued || this.#refusedToken?.token !== token) return;
    if (performance.now() < this.#refusedToken.until) throw tokenRefused();
  }
}

function closed(): SecretsError {
  return new SecretsError("CLOSED", "The session with Vault is closed.");
}
