/*
 * The contract of a backend: what the author of a plugin implements. Applications never import this file; they hold a
 * `SecretsManager`, which has done everything that is the same for every backend before it calls one: names and values
 * are checked, deadlines run, a closed manager is refused, errors are wrapped, reads are cached, calls are traced.
 */
import type { SecretsErrorCode } from "../errors/error-codes.ts";
import type { SecretValue, SecretVersion } from "../secret/secret.ts";
import type { Capabilities } from "./capabilities.ts";
import type { Health } from "./health.ts";
import type { OperationContext } from "./operation-context.ts";
import type { ReferenceStore } from "./reference-store.ts";
import type { StoredInfo, StoredSecret } from "./stored-secret.ts";

/**
 * What a write or a deletion expects to find. `absent`: create only. `present`: replace only. `any`: whatever is there.
 * A version, wrapped so that it cannot be taken for a word: only that state.
 */
export type Expectation = "absent" | "present" | "any" | { readonly version: SecretVersion };

/** What a deletion expects to find. `any`: whatever is there. A version: only that state. */
export type DeleteExpectation = Extract<Expectation, "any" | object>;

/** The answer for one name of `getMany`. */
export type ReadResult =
  | { readonly status: "found"; readonly secret: StoredSecret }
  | { readonly status: "absent" }
  | { readonly status: "failed"; readonly error: unknown };

/** Which secrets `list` gives. */
export interface ListRange {
  /** Only names that begin with this string, which need not end at a `/`. Empty: all. */
  readonly prefix: string;
  /** Only names behind this one, which need not exist. Absent: from the first. */
  readonly after?: string | undefined;
  /** At most so many, and at least one. Absent: all. */
  readonly limit?: number | undefined;
  /**
   * Only names matter: what costs the store another request a name may be left out, even whether there is a secret of that
   * name. @default false
   */
  readonly onlyNames?: boolean | undefined;
  /**
   * Only what is directly behind the prefix: the names without a `/` behind it, and each folder once, as an entry whose
   * name ends with `/`. A store that finds out with fewer requests what is on one level gives that; any other may give all
   * names, and the manager makes folders of them. `after` is never inside of a folder of the level. @default false
   */
  readonly oneLevel?: boolean | undefined;
}

/**
 * A store of secrets. Seven members to implement; what is marked optional has a default in the manager.
 *
 * Every failure throws: a `SecretsError`, or whatever the client library threw, for which `classify` then gives a code.
 * Absence is proven absence: a store that refuses, is out of reach or answers nonsense has not proven any.
 */
export interface SecretsBackend {
  /** What this backend can do; frozen, and true from the first call to the last. */
  readonly capabilities: Capabilities;

  /**
   * Reads a secret.
   *
   * @returns undefined only when the store has proven that there is none
   */
  get(name: string, context: OperationContext): Promise<StoredSecret | undefined>;

  /**
   * Writes a whole value, atomically: readers see the old one or the new one.
   *
   * @param value checked and deeply frozen by the manager
   * @throws ALREADY_EXISTS when `expect` is `absent` and there is one; NOT_FOUND when it is `present` or a version and
   * there is none; CONFLICT when it is a version and the secret has another; UNSUPPORTED for a version without
   * `conditionalWrites`; OUTCOME_UNKNOWN when it was sent and nobody can tell what became of it
   */
  write(
    name: string,
    value: SecretValue,
    options: { readonly expect: Expectation },
    context: OperationContext,
  ): Promise<StoredInfo>;

  /**
   * Deletes a secret with everything that the store keeps of it, older versions included.
   *
   * @param options `expect` is `any` or a version
   * @returns whether there was one; false when there is none, also for a version
   * @throws CONFLICT when `expect` is a version and the secret has another; UNSUPPORTED for a version without
   * `conditionalWrites`; OUTCOME_UNKNOWN as for `write`
   */
  delete(
    name: string,
    options: { readonly expect: DeleteExpectation },
    context: OperationContext,
  ): Promise<boolean>;

  /**
   * Lists secrets in the order of the bytes of their names in UTF-8, each name once, without reading values, and without
   * holding them all in memory where the store can give them in order. Entries whose names break the grammar may be given;
   * the manager leaves them out. UNSUPPORTED where `list` is not declared.
   */
  list(range: ListRange, context: OperationContext): AsyncIterable<StoredInfo>;

  /**
   * Tells the state of the store, cheaply; with `count` also how many secrets it holds.
   * A store that cannot be reached may throw; the manager reports that as `unavailable`.
   */
  check(options: { readonly count: boolean }, context: OperationContext): Promise<Health>;

  /** Ends connections, timers and sweeps. Called once, after every other call has settled or was given up. */
  close(): Promise<void>;

  /** Reads several secrets; every name must be a key of the answer. @default `get` for each, sixteen at a time */
  getMany?(names: readonly string[], context: OperationContext): Promise<ReadonlyMap<string, ReadResult>>;

  /** Tells whether a secret exists, without decrypting it. @default whether `get` gives one */
  has?(name: string, context: OperationContext): Promise<boolean>;

  /** Gives the code of an error that the backend's client threw. Undefined: unknown, INTERNAL. @default every one is INTERNAL */
  classify?(error: unknown): SecretsErrorCode | undefined;

  /**
   * The same store, whose calls run in a transaction that the application has begun, see what it changed, and are committed
   * or rolled back with it. Nothing of it opens another connection, retries what the database ended the transaction for, or
   * looks for the outcome of a lost change. `references` of what it returns runs in the transaction, too; `check` and
   * `close` are not called. It sends nothing.
   *
   * @param transaction what the application passed: look whether it is a transaction of your client
   * @returns a backend for this transaction alone
   * @throws TypeError when it is none; SecretsError INVALID_ARGUMENT when it is of another database
   * @default `SecretsManager.inTransaction` is UNSUPPORTED
   */
  inTransaction?(transaction: object): SecretsBackend;

  /** Where the secrets lie, in words for warnings and `describe()`, such as a file's path. Never a credential. @default the manager's id */
  readonly location?: string;

  /**
   * Where the store keeps the secret of a name, such as `secret/data/archestra/github_token`: recorded beside the name in
   * a table of owners, to find out later that the settings point elsewhere. It sends nothing. @default no path is recorded
   */
  path?(name: string): string;

  /** The table that says which manager owns which secret. Only a database has one, and its plugin declares `references`. @default none */
  readonly references?: ReferenceStore;
}
