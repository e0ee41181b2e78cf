import type { Capabilities, Health, HealthProblem } from "../backend/backend.ts";
import type {
  CallOptions,
  ConditionalOptions,
  ListFoldersOptions,
  ListOptions,
} from "../call/call-options.ts";
import type { Resolution } from "../registry/resolve-secrets-manager.ts";
import type { SchemaOutput, StandardSchema } from "../registry/standard-schema.ts";
import type { Secret, SecretFolder, SecretInfo, SecretRevision, SecretValue } from "../secret/secret.ts";
import type { GenericInput, SecretInput, UnknownObject } from "../secret/secret-input.ts";
import type { GetManyResult } from "../store/secret-store.ts";
import type { RefreshOptions } from "./refresh-options.ts";
import type { SecretsInTransaction } from "./secrets-in-transaction.ts";

/**
 * The calls of an application on its secrets, for every manager. Call `createSecretsManager` to open one.
 *
 * It is a type that a fake in a test can implement, in full or in part, and a value that serves as a token for dependency
 * injection. It cannot be constructed.
 *
 * Every call first validates its arguments (`TypeError` for a programming mistake, else `SecretsError` INVALID_ARGUMENT). It
 * takes a `signal`, ends within the manager's deadline (TIMEOUT, or OUTCOME_UNKNOWN for a change that was sent), and fails with
 * CLOSED after `close`. In addition to the codes of each call, the store can cause UNAUTHENTICATED, PERMISSION_DENIED,
 * UNAVAILABLE, RATE_LIMITED, INVALID_CONFIGURATION and INTERNAL.
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
   * @throws SecretsError ALREADY_EXISTS when a secret of this name exists, which is not changed
   * @example
   * await secrets.create("github_token", { token: "ghp_…" });
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
   * @returns its new state; `manager` is the owner
   * @example
   * const { manager, version } = await secrets.set("github_token", { token: "ghp_…" });
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
   * @returns undefined if the secret provably does not exist; every other failure throws
   * @throws SecretsError DECRYPTION_FAILED when the stored value cannot be decrypted; INVALID_VALUE when the schema rejects it
   * @example
   * const secret = await secrets.get("github_token", { schema: z.object({ token: z.string() }) });
   * const token = secret?.value.token;
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
   * Reads several secrets. The failure of one does not fail the others.
   *
   * @param names an invalid name fails the whole call
   * @returns one result for each distinct name, in the order of the names
   * @example
   * const results = await secrets.getMany(["github_token", "slack_token"]);
   * for (const [name, result] of results) if (result.status === "found") use(name, result.secret.value);
   */
  abstract getMany(names: readonly string[], options?: CallOptions): Promise<Map<string, GetManyResult>>;

  /**
   * Returns whether a secret exists, without decrypting it if the store allows that.
   *
   * @example
   * if (await secrets.has("github_token")) showConnected();
   */
  abstract has(name: string, options?: CallOptions): Promise<boolean>;

  /**
   * Returns the versions of a secret that its store keeps or has a record of, the newest first, without values. After another
   * program deleted the current version, `get` returns no secret, and its history is still there.
   *
   * @returns an empty list if there is no secret of this name, and no record of one
   * @throws SecretsError UNSUPPORTED when the owner keeps no older versions, as all but KV version 2 of Vault
   * @example
   * const [current] = await secrets.history("github_token");
   */
  abstract history(name: string, options?: CallOptions): Promise<readonly SecretRevision[]>;

  /**
   * Replaces the value of a secret that exists.
   *
   * @param change the new value, or a function that returns it from the current one. The function must have no side effects:
   * after a concurrent write, it runs again with the new current value. Within the process, updates of one name by functions run
   * one after the other. An error of the function reaches the caller unchanged.
   * @throws SecretsError NOT_FOUND; CONFLICT when the secret does not have the version of `ifVersion`; UNSUPPORTED for
   * `ifVersion` when the manager has no conditional writes
   * @example
   * await secrets.update("github_token", (current) => ({ ...current, scope: "repo" }));
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
  // The signatures of `create` and `set` too, for `secrets[exists ? "update" : "create"]`.
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
   * Returns a secret with a value that can be used. When it is not fresh, one caller among all processes that share the
   * ownership table obtains a new value, and the others wait and receive what it stored. It is for credentials of which only
   * one refresh may happen, such as OAuth tokens with rotating refresh tokens. While the value is fresh, it costs a `get`.
   *
   * Readers read the present value meanwhile, and `set`, `update` and `delete` wait. What `refresh` returned is stored before
   * it runs again anywhere: a failed attempt to store it is repeated until the call ends, and then the error hands it to the
   * caller, see {@link unstoredValue}. After a failed attempt, a pause that grows from half a second to half a minute protects
   * the authorization server; a changed value ends it.
   *
   * A refresh does not end with the call that began it, because its value may be the only copy. When that call is aborted, it
   * waits for the outcome for a few seconds, and then fails with OUTCOME_UNKNOWN.
   *
   * Without an ownership table, there is one refresh at a time in each process, and the new value is stored only over the one
   * it was obtained from: two processes can still use one refresh token at the same time.
   *
   * @param options `schema` as for `get`: its output is passed to both functions and returned
   * @throws SecretsError NOT_FOUND; REFRESH_FAILED, reason GRANT_ENDED after `grantEnded()`, REFRESH_PAUSED during the pause,
   * or FAILED_ELSEWHERE after the attempt of another process; CONFLICT, reason REFRESH_OVERTAKEN, when the lease ended and
   * another process changed the secret, or reason IN_TRANSITION when it did not become free in time; UNSUPPORTED without an
   * ownership table and without conditional writes. An error of the functions reaches the caller unchanged
   * @example
   * const secret = await secrets.refresh("google_oauth", {
   *   schema: z.object({ access_token: z.string(), refresh_token: z.string(), expires_at: z.number() }),
   *   isFresh: (value) => value.expires_at > Date.now() + 60_000,
   *   refresh: async (value, { signal }) => ({ ...value, ...(await exchange(value.refresh_token, signal)) }),
   * });
   */
  abstract refresh(name: string, options: RefreshOptions & { readonly schema?: undefined }): Promise<Secret>;
  abstract refresh<Schema extends StandardSchema>(
    name: string,
    options: RefreshOptions<SchemaOutput<Schema>> & { readonly schema: Schema },
  ): Promise<Secret<SchemaOutput<Schema>>>;

  /**
   * Deletes a secret and its older versions.
   *
   * @returns whether it existed
   * @throws SecretsError CONFLICT when it does not have the version of `ifVersion`; UNSUPPORTED as for `update`
   * @example
   * await secrets.delete("github_token", { ifVersion: secret.version });
   */
  abstract delete(name: string, options?: ConditionalOptions): Promise<boolean>;

  /**
   * Lists one level: the secrets directly below the prefix, and each folder there once. A folder may contain no readable secret
   * if verifying that costs further requests.
   *
   * @example
   * for await (const entry of secrets.list({ prefix: "team-a/", folders: true }))
   *   console.log("isFolder" in entry ? "folder" : "secret", entry.name);
   *
   * @throws SecretsError UNSUPPORTED when the manager cannot list
   */
  abstract list(options: ListFoldersOptions): AsyncIterableIterator<SecretInfo | SecretFolder>;
  /**
   * Lists secrets without values, in the order of the UTF-8 bytes of their names. To continue later, pass the last name as
   * `after`. The deadline applies to each `next()`, not to the work of the consumer in between.
   *
   * @throws SecretsError UNSUPPORTED when the manager cannot list
   * @example
   * for await (const { name, manager } of secrets.list({ prefix: "team-a/" })) console.log(name, manager);
   */
  abstract list(options?: ListOptions): AsyncIterableIterator<SecretInfo>;

  /**
   * Returns the calls on secrets that run in a transaction of the application: they see its changes, and are committed or rolled
   * back with it. They use only its connection.
   *
   * A call on a secret of another manager than the database fails with UNSUPPORTED, reason NOT_IN_TRANSACTION, and so does the
   * creation of a secret when another manager is selected. Await each call before the transaction ends. When a call fails with
   * OUTCOME_UNKNOWN, or with the reason TRANSACTION_ABORTED, roll the transaction back.
   *
   * @param transaction the transaction that the database's plugin expects: for `dbPlugin`, a `Transaction` of Kysely
   * @throws TypeError when it is not a transaction; SecretsError UNSUPPORTED, reason NOT_IN_TRANSACTION, when no installed
   * plugin supports transactions; INVALID_ARGUMENT, reason OTHER_DATABASE, when it belongs to another database
   * @example
   * await kysely.transaction().execute(async (transaction) => {
   *   await transaction.insertInto("connections").values({ id }).execute();
   *   await secrets.inTransaction(transaction).create(`connections/${id}`, { token });
   * });
   */
  abstract inTransaction(transaction: object): SecretsInTransaction;

  /**
   * Returns the health of the store, cheaply enough for health endpoints. With `count: true` it also counts the secrets. If the
   * store does not respond, it returns `unavailable` and does not throw. While a fallback is in use, the status is `degraded`
   * or worse, with a problem of the reason `FALLBACK`.
   *
   * @example
   * const { status, problems } = await secrets.check();
   */
  abstract check(options?: CallOptions & { readonly count?: boolean | undefined }): Promise<Health>;

  /**
   * Describes the requested manager, the manager in use, and the source of each setting. It is safe to show to a user.
   *
   * @example
   * console.log(secrets.describe().location);
   */
  abstract describe(): ManagerDescription;

  /**
   * Rejects new calls, waits for calls in progress, aborts the remaining ones, and closes the store, all within `timeout`
   * milliseconds. A quarter of the time, at most two seconds, is kept for closing the store, and as much before that for
   * changes that were sent, to find out their outcome. It fails with TIMEOUT, reason CLOSE_NOT_ENDED, if a plugin has not
   * closed in time; the others are closed. Calling it again returns the same promise.
   *
   * @param options `timeout`: at most 60 000. 0: the calls are aborted at once, and the rest has the default. @default 10 000
   * @example
   * process.once("SIGTERM", () => secrets.close());
   */
  abstract close(options?: { readonly timeout?: number | undefined }): Promise<void>;

  /** The same as `close()`, for `await using`. */
  abstract [Symbol.asyncDispose](): Promise<void>;
}

/** Describes a manager. It is safe to show to a user. */
export interface ManagerDescription extends Resolution {
  /** A description of the store of new secrets. */
  readonly location: string;
  /**
   * Problems of the selection of the manager, as `check()` reports them: reason `FALLBACK` while a fallback is in use.
   */
  readonly problems: readonly HealthProblem[];
  /** The capabilities of the manager. */
  readonly capabilities: Capabilities;
  /**
   * The number of secrets of each manager, as last counted by `check({ count: true })` or by the start, which counts only managers
   * that are not selected. Absent: there is no ownership table.
   */
  readonly countByManager?: Readonly<Record<string, number>>;
}
