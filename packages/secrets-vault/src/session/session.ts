import { setTimeout as sleep } from "node:timers/promises";
import { isSecretsError, type Logger, SecretsError } from "@archestra/secrets-core/plugin";
import type { VaultAuthMethod } from "../auth/vault-auth-method.ts";
import type { VaultLogin } from "../auth/vault-login.ts";
import { abortable } from "../client/abortable.ts";
import type { CallLimits } from "../client/vault-client.ts";
import { now } from "./clock.ts";
import { Cooling } from "./cooling.ts";
import { Lease } from "./lease.ts";
import { LOGIN_TIMEOUT, loginInTime } from "./login-in-time.ts";
import { passes, TokenLiveness } from "./token-liveness.ts";
import { isLastLap } from "./token-plan.ts";
import type { TokenRequests } from "./token-requests.ts";

const REVOCATION_TIMEOUT = 3_000;
/** How long a closing session waits for a login that has left: a token that nobody knows of could not be revoked. */
const LAST_LOGIN_TIMEOUT = 3_000;
/** How long after its beginning a call waits for the next attempt after a login that failed. */
const LONGEST_PATIENCE = 5_000;
/** Policies are frozen into a token when it is made; so often a refusal is worth a look at whether there are more by now. */
const POLICY_LOGIN_INTERVAL = 60_000;
/** A token of this age has the policies of now. Above all a start, which asks what is allowed, needs no second one. */
const YOUNG = 1_000;
/** How often a token that was handed to us is read again while it serves: its file may hold another one. */
const REREAD_INTERVAL = 30_000;
/** How often a timer looks whether a token that is due can be replaced by now. */
const RETRY_INTERVAL = 1_000;
/** Node takes a longer timer for one of a millisecond. */
const LONGEST_TIMER = 2 ** 30;

interface Flight {
  readonly settled: Promise<Lease>;
  /** When it will have waited long enough after the failure before it, on `performance.now()`. */
  readonly beginsAt: number;
}

/**
 * The session: one token for all calls. It logs in once however many callers wait, prolongs and replaces the token before
 * it expires, replaces a dead one, and waits longer after each failure without keeping any.
 */
export class Session {
  readonly #method: VaultAuthMethod;
  readonly #requests: TokenRequests;
  readonly #logger: Logger;
  readonly #liveness: TokenLiveness;
  /** Nothing new begins. */
  readonly #closing = new AbortController();
  /** What is under way ends. */
  readonly #ending = new AbortController();
  readonly #cooling = new Cooling();
  readonly #renewalCooling = new Cooling();
  /** Work in the background that `close` waits for. */
  readonly #background = new Set<Promise<unknown>>();
  #lease: Lease | undefined;
  #flight: Flight | undefined;
  #renewing = false;
  #lastFailure: unknown;
  /** A given token that Vault refused: there is no use in presenting it again. */
  #refusedToken: { readonly token: string; readonly until: number } | undefined;
  #policyLoginAt = Number.NEGATIVE_INFINITY;
  #rereadAt = 0;
  #warnedOfExpiry = false;
  #warnedOfPolicy = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(method: VaultAuthMethod, requests: TokenRequests, logger: Logger) {
    this.#method = method;
    this.#requests = requests;
    this.#logger = logger;
    this.#liveness = new TokenLiveness(
      (token, limits) => requests.lookUp(token, limits),
      this.#ending.signal,
    );
  }

  /** The token for a request that is about to leave. Undefined: there is none, wait for one. */
  take(): Lease | undefined {
    const lease = this.#lease;
    if (lease === undefined || !lease.serves) return undefined;
    // Timers may not have run: a process can have been frozen.
    this.#attend(lease);
    lease.take();
    return lease;
  }

  /**
   * Waits for a token.
   *
   * @param calledAt when the call began that needs it, on `performance.now()`
   * @throws what the login failed with, and the signal's reason
   */
  async wait({ signal, deadline, isBrief }: CallLimits, calledAt: number): Promise<Lease> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#closing.signal.aborted) throw closed();
      const flight = this.#login();
      // One who would wait too long for the next attempt is told why there is no token yet. The attempt is made all the same.
      const longest = isBrief ? 0 : LONGEST_PATIENCE;
      const patience = Math.min(calledAt + longest - performance.now(), deadline - Date.now());
      if (this.#lastFailure !== undefined && flight.beginsAt - performance.now() > patience)
        throw this.#lastFailure;
      await abortable(flight.settled, signal);
      // One that can be used a few times may have been used up by others who waited, too.
      const lease = this.take();
      if (lease !== undefined) return lease;
    }
  }

  /** Vault does not know the token of a lease any more. The first of its users to say so causes a login. */
  refused(lease: Lease): void {
    if (this.#lease !== lease) return;
    this.#lease = undefined;
    if (!lease.issued && lease.token !== "") this.#rememberRefused(lease.token);
    this.#schedule();
  }

  /**
   * A policy of the lease's token refused something. Whether another token, made now, may be allowed to.
   */
  async hasNewPolicies(lease: Lease, { signal }: CallLimits): Promise<boolean> {
    if (this.#lease !== undefined && this.#lease !== lease) return true;
    if (this.#flight === undefined) {
      const isRecent = performance.now() - this.#policyLoginAt < POLICY_LOGIN_INTERVAL;
      if (isRecent || lease.age < YOUNG || this.#cooling.left > 0) return false;
      this.#policyLoginAt = performance.now();
    }
    try {
      const next = await abortable(this.#login().settled, signal);
      return next.token !== lease.token;
    } catch {
      return false;
    }
  }

  /** Whether Vault still knows the token of a lease. @throws UNAVAILABLE and RATE_LIMITED when it does not say so now */
  isAlive(lease: Lease, { signal }: CallLimits): Promise<boolean> {
    return this.#liveness.isAlive(lease, signal);
  }

  /** Ends it: no timer, no login, and what was logged in is revoked as far as its policies let it. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#closing.abort(closed());
    const end = setTimeout(() => this.#ending.abort(closed()), LAST_LOGIN_TIMEOUT);
    await this.#flight?.settled.catch(() => undefined);
    clearTimeout(end);
    this.#ending.abort(closed());
    clearTimeout(this.#timer);
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease !== undefined) this.#retire(lease);
    await Promise.all(this.#background);
  }

  /** The login under way, or a new one. */
  #login(): Flight {
    if (this.#flight !== undefined) return this.#flight;
    const wait = this.#cooling.left;
    const settled = this.#logIn(wait).finally(() => {
      this.#flight = undefined;
    });
    settled.catch(() => undefined);
    this.#flight = { settled, beginsAt: performance.now() + wait };
    return this.#flight;
  }

  async #logIn(wait: number): Promise<Lease> {
    const closing = this.#closing.signal;
    if (wait > 0)
      await sleep(wait, undefined, { signal: closing, ref: false }).catch(() => closing.throwIfAborted());
    const limits = limitsOf(AbortSignal.any([this.#ending.signal, AbortSignal.timeout(LOGIN_TIMEOUT)]));
    const startedAt = now();
    try {
      const login = await this.#askMethod(limits.signal);
      this.#assertNotRefused(login);
      const complete = await this.#complete(login, limits);
      this.#cooling.succeeded();
      this.#lastFailure = undefined;
      return this.#install(new Lease(complete, startedAt));
    } catch (error) {
      this.#ending.signal.throwIfAborted();
      const told = this.#tell(error, limits.signal);
      // A token that is known to be dead costs no request, so its callers need not be kept waiting.
      if (!isSecretsError(told) || told.reason !== "TOKEN_REFUSED") {
        // What passes by itself is tried so often that those who call wait for it, and learn at once when it has passed.
        this.#cooling.failed(passes(told) ? LONGEST_PATIENCE : undefined);
      }
      this.#lastFailure = told;
      throw told;
    }
  }

  #askMethod(signal: AbortSignal): Promise<VaultLogin> {
    return loginInTime({
      method: this.#method,
      send: (request, end) => this.#requests.login(request, limitsOf(end)),
      signal,
      dispose: (late) => this.#disposeOfLate(late),
    });
  }

  /** Revokes a token that came too late. After the end, the connection that this takes is closed again. */
  #disposeOfLate({ token, issued, type }: VaultLogin): void {
    if (!issued || type === "batch") return;
    const limits = limitsOf(AbortSignal.timeout(REVOCATION_TIMEOUT));
    const revoked = this.#requests.revoke(token, limits).catch(() => undefined);
    if (this.#ending.signal.aborted) void revoked.then(() => this.#requests.disconnect());
    else this.#inBackground(revoked);
  }

  #tell(error: unknown, signal: AbortSignal): unknown {
    if (!signal.aborted || error !== signal.reason) return error;
    const words = `The login did not end within ${LOGIN_TIMEOUT} ms.`;
    return new SecretsError("UNAVAILABLE", words, { reason: "NO_ANSWER" });
  }

  /** Fills in what is not known of a token that was handed to us. */
  async #complete(login: VaultLogin, limits: CallLimits): Promise<VaultLogin> {
    if (login.ttl !== undefined) return login;
    try {
      const known = await this.#requests.lookUp(login.token, limits);
      if (known === undefined) this.#warnOfPolicy();
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
    if (!lease.renewable) this.#warnOfExpiry(lease);
    this.#schedule();
    return lease;
  }

  /** Does what is due with the token in use. */
  #attend(lease: Lease): void {
    if (lease.issued && lease.isDueForReplacement) {
      this.#replaceInBackground();
      return;
    }
    if (lease.isDueForRenewal && !this.#renewing) this.#inBackground(this.#renew(lease));
    if (!lease.issued && performance.now() >= this.#rereadAt) this.#inBackground(this.#reread(lease));
  }

  #replaceInBackground(): void {
    this.#rereadAt = performance.now() + REREAD_INTERVAL;
    if (this.#flight === undefined && this.#cooling.left === 0) this.#login();
  }

  async #renew(lease: Lease): Promise<void> {
    this.#renewing = true;
    const startedAt = now();
    try {
      const renewed = await this.#requests.renew(lease.token, this.#backgroundLimits(LOGIN_TIMEOUT));
      this.#renewalCooling.succeeded();
      if (renewed !== undefined && renewed.ttl > 0) lease.renewed(renewed.ttl, startedAt);
      if (renewed === undefined || isLastLap(lease, renewed)) {
        lease.replaceNow();
        if (this.#lease === lease) this.#warnOfExpiry(lease);
      }
    } catch {
      // It keeps serving while it lives; a later attempt may succeed.
      this.#renewalCooling.failed();
      lease.renewLater(this.#renewalCooling.left);
    } finally {
      this.#renewing = false;
      if (this.#lease === lease) {
        if (lease.isDueForReplacement) this.#attend(lease);
        this.#schedule();
      }
    }
  }

  /** Looks whether the operator has put another token in the place of the one that serves. */
  async #reread(lease: Lease): Promise<void> {
    this.#rereadAt = performance.now() + REREAD_INTERVAL;
    try {
      const limits = this.#backgroundLimits(LOGIN_TIMEOUT);
      const login = await this.#askMethod(limits.signal);
      if (login.token !== lease.token && this.#lease === lease) this.#replaceInBackground();
    } catch {
      // The one that serves is as good as it was.
    }
  }

  /** Revokes a token that nobody uses any more, when it is ours. */
  #retire(lease: Lease): void {
    if (!lease.issued || lease.isBatch || !lease.serves) return;
    this.#inBackground(
      lease.idle().then(async () => {
        const limits = limitsOf(AbortSignal.timeout(REVOCATION_TIMEOUT));
        await this.#requests.revoke(lease.token, limits).catch(() => undefined);
      }),
    );
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const lease = this.#lease;
    // A dead one waits for the next call.
    if (lease === undefined || !lease.serves || this.#closing.signal.aborted) return;
    const again = lease.issued ? RETRY_INTERVAL : REREAD_INTERVAL;
    this.#wakeIn(lease, Math.max(lease.dueIn, this.#cooling.left, lease.dueIn <= 0 ? again : 0));
  }

  #wakeIn(lease: Lease, milliseconds: number): void {
    if (milliseconds === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(
      () => {
        const left = lease.dueIn;
        // Fired too early, as timers do by a fraction: what is due a moment later must not be taken for attended to.
        if (left > 0) {
          this.#wakeIn(lease, left);
          return;
        }
        if (this.#lease === lease && lease.serves) this.#attend(lease);
        this.#schedule();
      },
      Math.ceil(Math.min(milliseconds, LONGEST_TIMER)),
    );
    this.#timer.unref();
  }

  #inBackground(work: Promise<unknown>): void {
    const settled = work.catch(() => undefined).finally(() => this.#background.delete(settled));
    this.#background.add(settled);
  }

  #backgroundLimits(timeout: number): CallLimits {
    return limitsOf(AbortSignal.any([this.#closing.signal, AbortSignal.timeout(timeout)]));
  }

  #rememberRefused(token: string): void {
    this.#refusedToken = { token, until: performance.now() + REREAD_INTERVAL };
  }

  #assertNotRefused({ token, issued }: VaultLogin): void {
    if (issued || this.#refusedToken?.token !== token) return;
    if (performance.now() >= this.#refusedToken.until) return;
    throw tokenRefused();
  }

  #warnOfExpiry(lease: Lease): void {
    const seconds = Math.round(lease.livesFor / 1_000);
    if (lease.issued || seconds === Number.POSITIVE_INFINITY || this.#warnedOfExpiry) return;
    this.#warnedOfExpiry = true;
    this.#logger.warn(
      { code: "ARCHESTRA_SECRETS_VAULT_TOKEN_EXPIRES", seconds },
      `The given Vault token expires in ${seconds} s and cannot be renewed beyond that. Put another one into its file before then (it is read again by itself), or choose a method that logs in.`,
    );
  }

  #warnOfPolicy(): void {
    if (this.#warnedOfPolicy) return;
    this.#warnedOfPolicy = true;
    this.#logger.warn(
      { code: "ARCHESTRA_SECRETS_VAULT_NO_DEFAULT_POLICY" },
      "The Vault token may not look at itself, since it lacks the policy `default`. It is used as it is: nobody knows when it expires, and it is not renewed.",
    );
  }
}

function limitsOf(signal: AbortSignal): CallLimits {
  return { signal, deadline: Date.now() + LOGIN_TIMEOUT };
}

function closed(): SecretsError {
  return new SecretsError("CLOSED", "The session with Vault is closed.");
}

function tokenRefused(): SecretsError {
  return new SecretsError(
    "UNAUTHENTICATED",
    "Vault refused the given token: it is expired, revoked or unknown there, or a wrapping token that was unwrapped before; or it is bound to another network, or its entity is disabled. Give another one; a token in a file is read again by itself.",
    { reason: "TOKEN_REFUSED" },
  );
}
