import type { Capabilities, Health, HealthProblem } from "../backend/backend.ts";
import type {
  CallOptions,
  ConditionalOptions,
  ListFoldersOptions,
  ListOptions,
} from "../call/call-options.ts";
import type { Resolution } from "../registry/resolve-secrets-manager.ts";
import type { SchemaOutput, StandardSchema } from "../registry/standard-schema.ts";
import type { Secret, SecretFolder, SecretInfo, SecretValue } from "../secret/secret.ts";
import type { GenericInput, SecretInput, UnknownObject } from "../secret/secret-input.ts";
import type { GetManyResult } from "../store/secret-store.ts";
import type { SecretsInTransaction } from "./secrets-in-transaction.ts";

/**
 * What an application holds: every call on secrets, whichever manager stores them. Call `createSecretsManager` to open one.
 *
 * It is a type that a fake in a test can implement, in full or in part, and a value that serves as a token for dependency
 * injection. It cannot be constructed.
 *
 * Every call checks its arguments before anything happens (`TypeError` for a programmer's mistake, else `SecretsError`
 * INVALID_ARGUMENT), takes a `signal`, ends within the manager's deadline (TIMEOUT, or OUTCOME_UNKNOWN for a change that
 * was sent), and is refused with CLOSED after `close`. Beside the codes named at each call, any of UNAUTHENTICATED,
 * PERMISSION_DENIED, UNAVAILABLE, RATE_LIMITED, INVALID_CONFIGURATION and INTERNAL can come from the store.
 *
 * @example
 * const fake: Pick<SecretsManager, "get"> = {
 *   get: async (name: string) => ({ name, manager: "FAKE", value: { token: "t" } }),
 * };
 */
export abstract class SecretsManager implements AsyncDisposable {
  protected constructor() {
    if (new.target === SecretsManager) {
      throw new TypeError("A SecretsManager cannot be constructed: call createSecretsManager().");
    }
  }

  /**
   * Creates a secret.
   *
   * @throws SecretsError ALREADY_EXISTS when there is one of this name, and nothing is changed
   */
  abstract create<Value extends object = UnknownObject>(
    name: string,
    value: GenericInput<Value>,
    options?: CallOptions,
  ): Promise<SecretInfo>;
  abstract create<Value>(
    name: string,
    value: Value & SecretInput<Value>,
    options?: CallOptions,
  ): Promise<SecretInfo>;

  /**
   * Creates a secret or replaces its value.
   *
   * @returns what is known of it now; `manager` says who holds it
   */
  abstract set<Value extends object = UnknownObject>(
    name: string,
    value: GenericInput<Value>,
    options?: CallOptions,
  ): Promise<SecretInfo>;
  abstract set<Value>(
    name: string,
    value: Value & SecretInput<Value>,
    options?: CallOptions,
  ): Promise<SecretInfo>;

  /**
   * Reads a secret.
   *
   * @param options `schema`: any Standard Schema validator; its output becomes the value and its type
   * @returns undefined when there is none, which is proven: every other failure throws
   * @throws SecretsError DECRYPTION_FAILED when the stored value does not open; INVALID_VALUE when the schema refuses it
   */
  abstract get(
    name: string,
    options?: CallOptions & { readonly schema?: undefined },
  ): Promise<Secret | undefined>;
  abstract get<Schema extends StandardSchema>(
    name: string,
    options: CallOptions & { readonly schema: Schema },
  ): Promise<Secret<SchemaOutput<Schema>> | undefined>;

  /**
   * Reads several secrets. One that fails does not fail the others.
   *
   * @param names an invalid one refuses the whole call
   * @returns one entry for each distinct name, in the order of the names
   */
  abstract getMany(names: readonly string[], options?: CallOptions): Promise<Map<string, GetManyResult>>;

  /** Tells whether a secret exists, without decrypting it where the store allows. */
  abstract has(name: string, options?: CallOptions): Promise<boolean>;

  /**
   * Replaces the value of a secret that exists.
   *
   * @param change the new value, or a function that makes it from the current one. The function must be free of side
   * effects: when somebody else wrote meanwhile, it runs again on what is there then. Updates of one name by functions
   * run one after the other within the process. What it throws reaches the caller unchanged.
   * @throws SecretsError NOT_FOUND; CONFLICT when the secret does not have the version of `ifVersion`; UNSUPPORTED for
   * `ifVersion` where the manager has no conditional writes
   */
  abstract update<Value extends object = UnknownObject>(
    name: string,
    change: (current: SecretValue) => GenericInput<Value> | Promise<GenericInput<Value>>,
    options?: ConditionalOptions,
  ): Promise<SecretInfo>;
  abstract update<Value>(
    name: string,
    change: (current: SecretValue) => (Value & SecretInput<Value>) | Promise<Value & SecretInput<Value>>,
    options?: ConditionalOptions,
  ): Promise<SecretInfo>;
  // Two signatures that `create` and `set` have too: the compiler finds them in `secrets[exists ? "update" : "create"]`.
  abstract update<Value extends object = UnknownObject>(
    name: string,
    value: GenericInput<Value>,
    options?: CallOptions,
  ): Promise<SecretInfo>;
  abstract update<Value>(
    name: string,
    value: Value & SecretInput<Value>,
    options?: CallOptions,
  ): Promise<SecretInfo>;
  abstract update<Value extends object = UnknownObject>(
    name: string,
    value: GenericInput<Value>,
    options?: ConditionalOptions,
  ): Promise<SecretInfo>;
  abstract update<Value>(
    name: string,
    value: Value & SecretInput<Value>,
    options?: ConditionalOptions,
  ): Promise<SecretInfo>;

  /**
   * Deletes a secret, its older versions included.
   *
   * @returns whether there was one
   * @throws SecretsError CONFLICT when it does not have the version of `ifVersion`; UNSUPPORTED as for `update`
   */
  abstract delete(name: string, options?: ConditionalOptions): Promise<boolean>;

  /**
   * Lists one level: the secrets directly behind the prefix, and the folders there, each once. Whether a folder holds a
   * secret that can be read is not looked up where that costs further requests.
   *
   * @example
   * for await (const entry of secrets.list({ prefix: "team-a/", folders: true }))
   *   console.log("isFolder" in entry ? "folder" : "secret", entry.name);
   *
   * @throws SecretsError UNSUPPORTED where the manager cannot list
   */
  abstract list(options: ListFoldersOptions): AsyncIterableIterator<SecretInfo | SecretFolder>;
  /**
   * Lists secrets in the order of the bytes of their names in UTF-8, without values. To go on later, pass the last name
   * as `after`. The deadline holds for each `next()`, whatever the store has to be asked for it, and not for what the consumer
   * does between two.
   *
   * @throws SecretsError UNSUPPORTED where the manager cannot list
   */
  abstract list(options?: ListOptions): AsyncIterableIterator<SecretInfo>;

  /**
   * Gives the calls on secrets that run in a transaction of the application: they see what it changed, and are committed or
   * rolled back with it. They use its connection and no other.
   *
   * A secret of a manager other than the database is refused with UNSUPPORTED, reason NOT_IN_TRANSACTION, and so is a new
   * one when another manager is selected. Await each call before the transaction ends. When a call fails with
   * OUTCOME_UNKNOWN, or with the reason TRANSACTION_ABORTED, roll the transaction back.
   *
   * @param transaction what the database's plugin takes: for `dbPlugin`, a `Transaction` of Kysely
   * @throws TypeError when it is not a transaction; SecretsError UNSUPPORTED, reason NOT_IN_TRANSACTION, when no installed
   * plugin has transactions; INVALID_ARGUMENT, reason OTHER_DATABASE, when it is one of another database
   * @example
   * await kysely.transaction().execute(async (transaction) => {
   *   await transaction.insertInto("connections").values({ id }).execute();
   *   await secrets.inTransaction(transaction).create(`connections/${id}`, { token });
   * });
   */
  abstract inTransaction(transaction: object): SecretsInTransaction;

  /**
   * Tells the state of the store: cheaply, for health endpoints, or with `count: true` also how many secrets there are.
   * A store that does not answer is `unavailable` here, and does not throw. While another manager is used than the
   * requested one, the state is `degraded` at best, with a problem of the reason `FALLBACK`.
   */
  abstract check(options?: CallOptions & { readonly count?: boolean | undefined }): Promise<Health>;

  /** Tells what was asked for, what is used, why, and where each setting came from. Safe to show a user. */
  abstract describe(): ManagerDescription;

  /**
   * Refuses new calls, waits for those under way, aborts what is left after `timeout` milliseconds, and closes the store.
   * A plugin that does not close within ten seconds fails it with TIMEOUT, reason CLOSE_NOT_ENDED; the others are closed.
   * Calling it again gives the same promise.
   *
   * @param options `timeout`: at most 60 000. @default 10 000
   */
  abstract close(options?: { readonly timeout?: number | undefined }): Promise<void>;

  /** The same as `close()`, for `await using`. */
  abstract [Symbol.asyncDispose](): Promise<void>;
}

/** What is asked for, what is used, and why. Safe to show a user. */
export interface ManagerDescription extends Resolution {
  /** Where the secrets lie, in words. */
  readonly location: string;
  /**
   * What is wrong with the choice of the manager, as `check()` reports it: reason `FALLBACK` when the requested manager is
   * not the one in use. Empty: nothing.
   */
  readonly problems: readonly HealthProblem[];
  /** What the manager can do. */
  readonly capabilities: Capabilities;
  /**
   * How many secrets each manager holds, as last counted: by `check({ count: true })`, or at the start, which counts those
   * of managers that are not selected. Absent: no table of owners is installed.
   */
  readonly countByManager?: Readonly<Record<string, number>>;
}
