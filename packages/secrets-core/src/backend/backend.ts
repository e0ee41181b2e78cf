/*
 * The contract of a backend: what the author of a plugin implements. Applications never import this file. They use a
 * `SecretsManager`, which does everything that is the same for every backend before it calls one: it validates names and
 * values, enforces deadlines, refuses calls after `close`, wraps errors, caches reads and traces calls.
 */
import type { SecretsErrorCode } from "../errors/error-codes.ts";
import type { SecretsErrorReason } from "../errors/reasons.ts";
import type { SecretRevision, SecretValue, SecretVersion } from "../secret/secret.ts";
import type { Logger } from "./logger.ts";
import type { OwnershipStore } from "./ownership-store.ts";

/**
 * What a backend can do: one frozen object that the manager, the conformance suite and the docs read. What is declared
 * works, and what is not declared is UNSUPPORTED.
 */
export interface Capabilities {
  /** Whether `get`, `write` and `list` return a secret's version. */
  readonly versions: boolean;
  /**
   * Whether `write` and `delete` can be limited to a given version of the secret. Without it, `ifVersion` is UNSUPPORTED,
   * and `update` with a function and `create` are serialised within the process only: when two processes create one name
   * at the same time, both may succeed, and the value of one is lost.
   */
  readonly conditionalWrites: boolean;
  /** Whether `list` works. */
  readonly list: boolean;
}

/** The context of a call, which the manager passes to a backend. */
export interface CallContext {
  /**
   * Aborts when the caller aborts the call, when the manager closes, or when only `reserve` is left before the deadline.
   *
   * A read stops and throws `signal.reason`. A write that has sent nothing does the same, which proves that nothing was
   * changed. A write that was sent uses the time until `deadline` to find out what became of it by reading back, and throws
   * OUTCOME_UNKNOWN when it cannot. The signal ends this call only: a read never shares the request of another one.
   */
  readonly signal: AbortSignal;
  /**
   * When the manager stops waiting, in milliseconds as `Date.now()` returns them. The caller of a write that has not ended
   * by then receives OUTCOME_UNKNOWN. While a list is consumed, it moves forward with each entry.
   */
  readonly deadline: number;
  /** How many milliseconds before `deadline` the signal aborts a late call, kept for reading back what a write did. */
  readonly reserve: number;
  /**
   * Whether the value will be written to another store. A backend whose store has numbers that a JavaScript number cannot
   * represent throws INVALID_VALUE, reason NUMBER_NOT_EXACT, for such a value instead of rounding it; see
   * `assertExactNumbers`. Set for `get` of a backend and `read` of an ownership store only. @default false
   */
  readonly exactNumbers?: boolean;
  /**
   * Whether the answer decides about a change, so that it must be the latest state. A backend whose reads can be served by a
   * node that lags behind sends them to the leader. `has` always decides. @default false
   */
  readonly latest?: boolean;
  /** Receives warnings. */
  readonly logger: Logger;
  /** Counts that the backend sends a request of the call once more, for the call's event. Absent: nothing counts it. */
  repeated?(): void;
}

/** What a backend knows about a secret beside its value. What the store does not return is left out. */
export interface StoredInfo {
  /** The name of the secret. */
  readonly name: string;
  /**
   * The state of the secret: any string that no other state of this secret has, before or after a deletion. The manager
   * adds its own id, so versions need not be unique among backends. Required when `capabilities.versions` is true, except in
   * `list` for a secret whose stored form cannot be read.
   */
  readonly version?: SecretVersion;
  /** When the secret was created. Absent: the store does not say. */
  readonly createdAt?: Date;
  /** When the value was last written. Absent: the store does not say. */
  readonly updatedAt?: Date;
}

/** A secret as a backend returns it. */
export interface StoredSecret extends StoredInfo {
  /** The JSON object in the store. The manager freezes it and returns it to the caller: never keep a reference to it. */
  readonly value: SecretValue;
}

/**
 * What a write or a deletion expects. `absent`: create only. `present`: replace only. `any`: either. A version, wrapped so
 * that it cannot be confused with these words: replace that state only.
 */
export type Expectation = "absent" | "present" | "any" | { readonly version: SecretVersion };

/** What a deletion expects. `any`: whatever is stored. A version: that state only. */
export type DeleteExpectation = Extract<Expectation, "any" | object>;

/** The result for one name of `getMany`. */
export type ReadResult =
  | { readonly status: "found"; readonly secret: StoredSecret }
  | { readonly status: "absent" }
  | { readonly status: "failed"; readonly error: unknown };

/** Which secrets `list` returns. */
export interface ListRange {
  /** Only names that begin with this string, which need not end with `/`. Empty: all. */
  readonly prefix: string;
  /** Only names after this one, which need not exist. Absent: from the first. */
  readonly after?: string | undefined;
  /** At most this many, and at least one. Absent: all. */
  readonly limit?: number | undefined;
  /**
   * Only names are needed: what costs the store another request for each name may be left out, even whether there is a
   * secret of that name. @default false
   */
  readonly onlyNames?: boolean | undefined;
  /**
   * Only one level: the names without a `/` after the prefix, and each folder once, as an entry whose name ends with `/`. A
   * store that lists one level with fewer requests returns it; any other may return all names, and the manager makes folders
   * of them. `after` is never inside a folder of the level. @default false
   */
  readonly oneLevel?: boolean | undefined;
}

/** A problem of a store, safe to show to an operator. */
export interface HealthProblem {
  /** The code of the error that callers receive, or will receive. */
  readonly code: SecretsErrorCode;
  /** A finer reason within the code. Absent: there is none. */
  readonly reason?: SecretsErrorReason;
  /** What is wrong and what to do. Never a value. */
  readonly message: string;
}

/** The state of a store. */
export interface Health {
  /** `healthy`: serves everything. `degraded`: serves with the listed problems. `unavailable`: does not serve now. */
  readonly status: "healthy" | "degraded" | "unavailable";
  /** Empty when healthy. */
  readonly problems: readonly HealthProblem[];
  /** How many secrets there are. Absent: not requested, or unknown to the store. */
  readonly count?: number;
  /** How many secrets each manager holds, by its id. Absent: not requested, or there is no ownership table. */
  readonly countByManager?: Readonly<Record<string, number>>;
  /** How many entries of the store have invalid names and are left out of `list`. Absent: not requested. */
  readonly unlistedCount?: number;
}

/**
 * A store of secrets. Seven members are required; the optional ones have a default in the manager.
 *
 * Every failure throws: a `SecretsError`, or an error of the client library, for which `classify` returns a code. Absence
 * is proven absence: a store that refuses, is unreachable or sends an invalid answer has proven nothing.
 *
 * A secret whose stored form is damaged or cannot be decrypted exists. Reading it is INVALID_VALUE or DECRYPTION_FAILED, or
 * any other code with the reason DAMAGED_SECRET; `isDamagedSecret` recognizes all three. It stays replaceable and removable:
 * `write` replaces it when `expect` is `any` or `present`, `delete` removes it when `expect` is `any`, and `list` returns its
 * name. A write that expects `absent` does not replace it.
 *
 * Calls do not wait for each other, unless they share a connection that answers in order. Each call concerns the secrets of its
 * own store only, whatever else is on the same server. No promise rejects unhandled.
 */
export interface SecretsBackend {
  /** What this backend can do: frozen, and the same from the first call to the last. */
  readonly capabilities: Capabilities;

  /**
   * Reads a secret.
   *
   * @returns undefined only when the store has proven that there is none
   */
  get(name: string, context: CallContext): Promise<StoredSecret | undefined>;

  /**
   * Writes a whole value atomically: readers receive the old value or the new one. With `any` it replaces or creates in one
   * step, and never fails because another client creates or deletes the secret meanwhile.
   *
   * @param value validated and deeply frozen by the manager
   * @throws ALREADY_EXISTS when `expect` is `absent` and there is a secret; NOT_FOUND when it is `present` or a version and
   * there is none; CONFLICT when it is a version and the secret has another; UNSUPPORTED for a version without
   * `conditionalWrites`; OUTCOME_UNKNOWN when it was sent and its outcome is unknown
   */
  write(
    name: string,
    value: SecretValue,
    options: { readonly expect: Expectation },
    context: CallContext,
  ): Promise<StoredInfo>;

  /**
   * Deletes a secret with everything that the store keeps of it, including older versions.
   *
   * @param options `expect` is `any` or a version
   * @returns whether there was a secret; false when there is none, also for a version
   * @throws CONFLICT when `expect` is a version and the secret has another; UNSUPPORTED for a version without
   * `conditionalWrites`; OUTCOME_UNKNOWN as for `write`
   */
  delete(
    name: string,
    options: { readonly expect: DeleteExpectation },
    context: CallContext,
  ): Promise<boolean>;

  /**
   * Lists secrets in the order of the bytes of their names in UTF-8, each name once, without reading values, and without
   * holding them all in memory if the store can return them in order. A list that begins after a change has ended shows it.
   * Entries with invalid names may be returned; the manager leaves them out. A list that cannot be continued throws: it ends
   * only after the last name. UNSUPPORTED if `list` is not declared.
   */
  list(range: ListRange, context: CallContext): AsyncIterable<StoredInfo>;

  /**
   * Returns the state of the store cheaply, and with `count` also how many secrets it holds. It asks the store at each call: a
   * state that it remembers is not the state. It may throw when the store cannot be reached: the manager reports that as
   * `unavailable`.
   */
  check(options: { readonly count: boolean }, context: CallContext): Promise<Health>;

  /**
   * Ends connections, timers and sweeps, and leaves no listener on the process: one of SIGTERM would keep the application from
   * ending. Called once, after every other call has ended. The manager waits for it no longer than
   * until the end of its own `close`, which is two seconds when calls were in progress until the last moment. A call that
   * ignores its signal can still be running.
   */
  close(): Promise<void>;

  /** Reads several secrets. Every name must be a key of the result. @default `get` for each name, sixteen at a time */
  getMany?(names: readonly string[], context: CallContext): Promise<ReadonlyMap<string, ReadResult>>;

  /** Returns whether a secret exists, without decrypting it. @default whether `get` returns a secret */
  has?(name: string, context: CallContext): Promise<boolean>;

  /**
   * Returns the versions of a secret that the store keeps or has a record of, the newest first. It reads no value. A
   * history that begins after a change has ended shows it. Empty: there is no secret of this name, and no record of one.
   *
   * @default `SecretsManager.history` is UNSUPPORTED
   */
  history?(name: string, context: CallContext): Promise<readonly SecretRevision[]>;

  /** Returns the code of an error of the backend's client. Undefined: unknown, INTERNAL. @default INTERNAL for every error */
  classify?(error: unknown): SecretsErrorCode | undefined;

  /**
   * Returns the same store for calls in a transaction that the application has begun: they see its changes, and are
   * committed or rolled back with it. Such a call opens no other connection, retries nothing after the database ended the
   * transaction, and does not look for the outcome of a lost change. `ownership` of the result runs in the transaction too;
   * `check` and `close` are not called. It sends nothing.
   *
   * @param transaction what the application passed: check that it is a transaction of your client
   * @returns a backend for this transaction only
   * @throws TypeError when it is not a transaction; SecretsError INVALID_ARGUMENT when it is one of another database
   * @default `SecretsManager.inTransaction` is UNSUPPORTED
   */
  inTransaction?(transaction: object): SecretsBackend;

  /** Where the secrets are stored, for warnings and `describe()`, such as the path of a file. Never a credential. @default the manager's id */
  readonly location?: string;

  /**
   * Returns where the store keeps the secret of a name, such as `secret/data/archestra/github_token`. It is recorded in the
   * ownership table, which shows later whether the settings have changed. It contains everything by which the settings decide
   * which secret a name means, such as a mount, a database or a prefix. No two names have the same path. Every client of the
   * store returns the same path for a name, always. It sends nothing. @default no path is recorded
   */
  path?(name: string): string;

  /** The ownership table. Only a database has one, and its plugin declares `ownership`. @default none */
  readonly ownership?: OwnershipStore;
}
