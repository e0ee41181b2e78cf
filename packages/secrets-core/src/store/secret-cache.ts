import { assertInteger, assertOptions } from "../call/arguments.ts";
import type { ChangeObserver } from "../call/running-call.ts";
import type { Secret } from "../secret/secret.ts";

/** The opt-in cache of one manager. */
export interface CacheOptions {
  /** How many secrets are kept; the one not used for longest goes first. @default 1000 */
  readonly maxEntries?: number | undefined;
  /**
   * How long a secret may be served without asking the store, in milliseconds: for so long an update or a deletion by
   * another process can stay unseen.
   */
  readonly maxAge: number;
}

interface Entry {
  readonly secret: Secret;
  readonly expiresAt: number;
}

interface Flight {
  readonly promise: Promise<Secret | undefined>;
  /** A write came after it began: its answer may be older than the write, so it is neither joined nor kept. */
  stale: boolean;
}

/** What changes of secrets have to do with the cache. */
export interface InvalidatedCache extends ChangeObserver {
  /** Hears of changes in a transaction. */
  inTransaction(): InvalidatedCache;
}

/**
 * Secrets that were read, for a while, and reads under way, so that any number of callers cost one.
 * Absence is never kept.
 */
export class SecretCache implements InvalidatedCache {
  readonly #maxEntries: number;
  readonly #maxAge: number;
  /** In order of use, the oldest first. */
  readonly #entries = new Map<string, Entry>();
  readonly #flights = new Map<string, Flight>();
  /** How many writes of a name are under way: the store may have carried them out, whoever reads meanwhile. */
  readonly #writes = new Map<string, number>();
  /**
   * Names that were changed in a transaction whose end is not seen here, and until when nothing of them is kept or shared.
   * In the order of their ends.
   */
  readonly #bypassed = new Map<string, number>();
  /** Until when nothing at all is kept or shared, since more names were changed than are remembered. */
  #allBypassedUntil = 0;

  constructor(options: CacheOptions) {
    assertOptions(options, "cache", ["maxEntries", "maxAge"]);
    const { maxEntries = 1000, maxAge } = options;
    assertInteger(maxEntries, "`cache.maxEntries`", 1, 1_000_000);
    assertInteger(maxAge, "`cache.maxAge`", 1, 24 * 60 * 60 * 1000);
    this.#maxEntries = maxEntries;
    this.#maxAge = maxAge;
  }

  /** The secret, when it was read recently enough. */
  find(name: string): Secret | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    this.#entries.delete(name);
    if (entry.expiresAt <= performance.now()) return undefined;
    this.#entries.set(name, entry);
    return entry.secret;
  }

  /** Joins the read of this name that is under way, or begins one. */
  read(name: string, begin: () => Promise<Secret | undefined>): Promise<Secret | undefined> {
    if (this.#writes.has(name) || this.#isBypassed(name)) return begin();
    const current = this.#flights.get(name);
    if (current !== undefined) return current.promise;
    const startedAt = performance.now();
    const flight: Flight = { promise: begin(), stale: false };
    this.#flights.set(name, flight);
    const settle = (secret: Secret | undefined) => {
      if (this.#flights.get(name) === flight) this.#flights.delete(name);
      if (secret !== undefined && !flight.stale) this.#keep(secret, startedAt);
    };
    flight.promise.then(settle, () => settle(undefined));
    return flight.promise;
  }

  /** Runs a write of this name: what was read before its end is neither kept nor shared. */
  async write<Result>(name: string, send: () => Promise<Result>): Promise<Result> {
    this.#invalidate(name);
    this.#writes.set(name, (this.#writes.get(name) ?? 0) + 1);
    try {
      return await send();
    } finally {
      const others = (this.#writes.get(name) ?? 1) - 1;
      if (others > 0) this.#writes.set(name, others);
      else this.#writes.delete(name);
    }
  }

  /**
   * A change in a transaction can become visible at any time afterwards. For the maximum age, counted from the end of the
   * change, its name is read from the store and not kept, so nothing older than a transaction of at most that length is
   * served.
   */
  inTransaction(): InvalidatedCache {
    const observer: InvalidatedCache = {
      write: async (name, send) => {
        try {
          return await this.write(name, send);
        } finally {
          this.#bypass(name);
        }
      },
      inTransaction: () => observer,
    };
    return observer;
  }

  clear(): void {
    this.#entries.clear();
    for (const flight of this.#flights.values()) flight.stale = true;
    this.#flights.clear();
  }

  /** The age counts from before the store was asked: that is how old the answer can be. */
  #keep(secret: Secret, readAt: number): void {
    this.#entries.delete(secret.name);
    this.#entries.set(secret.name, { secret, expiresAt: readAt + this.#maxAge });
    if (this.#entries.size <= this.#maxEntries) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  #bypass(name: string): void {
    this.#invalidate(name);
    const now = performance.now();
    for (const [other, until] of this.#bypassed) {
      if (until > now) break;
      this.#bypassed.delete(other);
    }
    this.#bypassed.delete(name);
    this.#bypassed.set(name, now + this.#maxAge);
    if (this.#bypassed.size <= this.#maxEntries) return;
    this.#bypassed.clear();
    this.#allBypassedUntil = now + this.#maxAge;
    this.clear();
  }

  #isBypassed(name: string): boolean {
    const now = performance.now();
    return this.#allBypassedUntil > now || (this.#bypassed.get(name) ?? 0) > now;
  }

  #invalidate(name: string): void {
    this.#entries.delete(name);
    const flight = this.#flights.get(name);
    if (flight === undefined) return;
    flight.stale = true;
    this.#flights.delete(name);
  }
}
