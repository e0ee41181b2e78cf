import { assertInteger, assertOptions } from "../call/arguments.ts";
import type { ChangeObserver } from "../call/running-call.ts";
import type { Secret } from "../secret/secret.ts";

/** The options of the cache. */
export interface CacheOptions {
  /** The maximum number of secrets. The least recently used one is evicted. @default 1000 */
  readonly maxEntries?: number | undefined;
  /**
   * The maximum age of a secret in milliseconds. For this long, an update or deletion by another process can stay unnoticed.
   */
  readonly maxAge: number;
}

interface Entry {
  readonly secret: Secret;
  readonly expiresAt: number;
}

/** A read that several callers share. */
export interface SharedRead {
  readonly secret: Promise<Secret | undefined>;
  /** Ends the read, since no caller is left. */
  abort(): void;
}

interface Flight {
  readonly read: SharedRead;
  /** A write began after the read: the result may be outdated, so it is neither shared nor cached. */
  stale: boolean;
  /** The number of callers that have not aborted. */
  callers: number;
  /** Stops listening to the signals of the callers. */
  readonly ended: AbortController;
}

/** A cache that changes of secrets invalidate. */
export interface InvalidatedCache extends ChangeObserver {
  /** Returns an observer of changes in a transaction. */
  inTransaction(): InvalidatedCache;
}

/**
 * Caches secrets and shares reads in progress, so that concurrent callers cost one read. It never caches absence.
 */
export class SecretCache implements InvalidatedCache {
  readonly #maxEntries: number;
  readonly #maxAge: number;
  /** In the order of use, the least recent first. */
  readonly #entries = new Map<string, Entry>();
  readonly #flights = new Map<string, Flight>();
  /** The number of writes in progress by name. A concurrent read may or may not see them. */
  readonly #writes = new Map<string, number>();
  /**
   * Names changed in a transaction, whose end is not observable here, with the time until which they are not cached. In the
   * order of these times.
   */
  readonly #bypassed = new Map<string, number>();
  /** The time until which nothing is cached, because too many names were changed in transactions. */
  #allBypassedUntil = 0;

  constructor(options: CacheOptions) {
    assertOptions(options, "cache", ["maxEntries", "maxAge"]);
    const { maxEntries = 1000, maxAge } = options;
    assertInteger(maxEntries, "`cache.maxEntries`", 1, 1_000_000);
    assertInteger(maxAge, "`cache.maxAge`", 1, 24 * 60 * 60 * 1000);
    this.#maxEntries = maxEntries;
    this.#maxAge = maxAge;
  }

  /** Returns the secret if it is cached and not too old. */
  find(name: string): Secret | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    this.#entries.delete(name);
    if (entry.expiresAt <= performance.now()) return undefined;
    this.#entries.set(name, entry);
    return entry.secret;
  }

  /** Whether reads of this name are shared and cached now. */
  shares(name: string): boolean {
    return !this.#writes.has(name) && !this.#isBypassed(name);
  }

  /**
   * Joins the read of this name that is in progress, or begins one. It is aborted when all of its callers have aborted.
   *
   * @param signal of the caller. Undefined: the caller waits until the read ends
   */
  read(name: string, begin: () => SharedRead, signal: AbortSignal | undefined): Promise<Secret | undefined> {
    const flight = this.#flights.get(name) ?? this.#begin(name, begin());
    flight.callers++;
    const leave = () => {
      if (--flight.callers > 0) return;
      this.#end(name, flight);
      flight.read.abort();
    };
    signal?.addEventListener("abort", leave, { once: true, signal: flight.ended.signal });
    return flight.read.secret;
  }

  /** Runs a write of this name. A read that began before its end is neither cached nor shared. */
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
   * A change in a transaction becomes visible at an unknown time. For the maximum age after the change, its name is not
   * cached, which covers transactions of at most that length.
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

  /** Removes a secret that is known to be outdated, unless another one of its name was cached since. */
  remove(secret: Secret): void {
    if (this.#entries.get(secret.name)?.secret === secret) this.#entries.delete(secret.name);
  }

  clear(): void {
    this.#entries.clear();
    for (const flight of this.#flights.values()) flight.stale = true;
    this.#flights.clear();
  }

  /** The age counts from the start of the read. */
  #keep(secret: Secret, readAt: number): void {
    this.#entries.delete(secret.name);
    this.#entries.set(secret.name, { secret, expiresAt: readAt + this.#maxAge });
    if (this.#entries.size <= this.#maxEntries) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  #begin(name: string, read: SharedRead): Flight {
    const startedAt = performance.now();
    const flight: Flight = { read, stale: false, callers: 0, ended: new AbortController() };
    this.#flights.set(name, flight);
    const finish = (secret: Secret | undefined) => {
      this.#end(name, flight);
      if (secret !== undefined && !flight.stale) this.#keep(secret, startedAt);
    };
    read.secret.then(finish, () => finish(undefined));
    return flight;
  }

  #end(name: string, flight: Flight): void {
    flight.ended.abort();
    if (this.#flights.get(name) === flight) this.#flights.delete(name);
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
