import type { Health } from "../backend/backend.ts";
import { assertInteger, assertOptions } from "../call/arguments.ts";
import type {
  CallOptions,
  ConditionalOptions,
  ListFoldersOptions,
  ListOptions,
} from "../call/call-options.ts";
import type { CallDescription, CallRunner } from "../call/call-runner.ts";
import { type CallEvent, callEvents } from "../call/events.ts";
import type { RunningCall } from "../call/running-call.ts";
import { abortedByCaller } from "../errors/ended-call.ts";
import { isSecretsError, SecretsError } from "../errors/secrets-error.ts";
import { noTransactions } from "../errors/transaction-refusals.ts";
import { secretNotFound } from "../errors/unmet-expectation.ts";
import type { CleanupStep } from "../registry/cleanup.ts";
import { Closing } from "../registry/closing.ts";
import type { Resolution } from "../registry/resolve-secrets-manager.ts";
import { isStandardSchema, type SchemaOutput, type StandardSchema } from "../registry/standard-schema.ts";
import type { Secret, SecretFolder, SecretInfo, SecretRevision, SecretValue } from "../secret/secret.ts";
import { assertSecretName } from "../secret/secret-name.ts";
import { copySecretValue } from "../secret/secret-value.ts";
import type { RefreshResult } from "../store/refresh.ts";
import type { SecretCache } from "../store/secret-cache.ts";
import type { GetManyResult, SecretStore } from "../store/secret-store.ts";
import { Listing, type ListingRange } from "./listing.ts";
import { NameQueue } from "./name-queue.ts";
import type { RefreshOptions } from "./refresh-options.ts";
import { Refreshes } from "./refreshes.ts";
import { printableCounts, ReportedHealth } from "./reported-health.ts";
import { onlyCalls, type SecretsInTransaction } from "./secrets-in-transaction.ts";
import { type ManagerDescription, SecretsManager } from "./secrets-manager.ts";
import { validateSecret } from "./validate-secret.ts";

const DEFAULT_CLOSE_TIMEOUT = 10_000;

/** Gives migrations access to the store and the runner of a manager. It is not public. */
export let internalsOf: (manager: OpenedSecretsManager) => {
  readonly store: SecretStore;
  readonly runner: CallRunner;
};

/** The parts of a manager, which `createSecretsManager` creates. */
export interface ManagerParts {
  readonly store: SecretStore;
  /** A description of the store of new secrets. */
  readonly location: string;
  readonly resolution: Resolution;
  readonly dispose: CleanupStep;
  readonly cache: SecretCache | undefined;
  readonly runner: CallRunner;
}

/** The one implementation. Call `createSecretsManager` to open it. */
export class OpenedSecretsManager extends SecretsManager {
  readonly #store: SecretStore;
  readonly #location: string;
  readonly #resolution: Resolution;
  readonly #health: ReportedHealth;
  readonly #dispose: CleanupStep;
  readonly #cache: SecretCache | undefined;
  readonly #runner: CallRunner;
  readonly #updates = new NameQueue();
  readonly #refreshes: Refreshes;
  #closing: Promise<void> | undefined;

  static {
    internalsOf = (manager) => ({ store: manager.#store, runner: manager.#runner });
    // Applications know it by this name when it is printed.
    Object.defineProperty(this, "name", { value: "SecretsManager" });
  }

  constructor({ store, location, resolution, dispose, cache, runner }: ManagerParts) {
    super();
    this.#store = store;
    this.#location = location;
    this.#resolution = resolution;
    this.#dispose = dispose;
    this.#cache = cache;
    this.#runner = runner;
    this.#refreshes = new Refreshes(store, runner);
    this.#health = new ReportedHealth(resolution, runner.names);
  }

  async create(name: string, value: unknown, options: CallOptions = {}): Promise<SecretInfo> {
    return this.#runner.run(this.#call("create", name, options), async (running) =>
      this.#store.create(name, copySecretValue(value), running),
    );
  }

  async set(name: string, value: unknown, options: CallOptions = {}): Promise<SecretInfo> {
    return this.#runner.run(this.#call("set", name, options), async (running) =>
      this.#store.set(name, copySecretValue(value), running),
    );
  }

  async get(
    name: string,
    options?: CallOptions & { readonly schema?: undefined },
  ): Promise<Secret | undefined>;
  async get<Schema extends StandardSchema>(
    name: string,
    options: CallOptions & { readonly schema: Schema },
  ): Promise<Secret<SchemaOutput<Schema>> | undefined>;
  async get(
    name: string,
    options: CallOptions & { readonly schema?: StandardSchema | undefined } = {},
  ): Promise<Secret<unknown> | undefined> {
    const call = this.#call("get", name, options, ["signal", "schema"]);
    const { schema } = options;
    if (schema !== undefined && !isStandardSchema(schema)) {
      throw new TypeError("The option `schema` of get must be a Standard Schema validator.");
    }
    // Awaiting here avoids two further promises.
    if (schema === undefined)
      return await this.#runner.run(call, (running) => this.#read(name, running, call.signal));
    return await this.#runner.run(call, async (running) => {
      const secret = await this.#read(name, running, call.signal);
      return secret === undefined ? undefined : validateSecret(secret, schema);
    });
  }

  async getMany(names: readonly string[], options: CallOptions = {}): Promise<Map<string, GetManyResult>> {
    if (!Array.isArray(names)) throw new TypeError("getMany takes an array of names.");
    const call = { operation: "getMany", signal: options.signal };
    assertOptions(options, call.operation, ["signal"]);
    for (const name of names) this.#assertName(name, call);
    return this.#runner.run(call, async (running) => {
      const results = new Map<string, GetManyResult>();
      const uncached: string[] = [];
      for (const name of new Set(names)) {
        const secret = this.#cache?.find(name);
        // Reserves the position, so that the results have the order of the names.
        results.set(name, secret === undefined ? { status: "absent" } : { status: "found", secret });
        if (secret === undefined) uncached.push(name);
      }
      if (this.#cache !== undefined && results.size > 0) running.readFromCache(uncached.length === 0);
      if (uncached.length > 0) await this.#store.getMany(uncached, results, running);
      for (const result of results.values())
        if (result.status === "failed") this.#runner.names.inError(result.error);
      return results;
    });
  }

  async has(name: string, options: CallOptions = {}): Promise<boolean> {
    return this.#runner.run(this.#call("has", name, options), (running) => this.#store.has(name, running));
  }

  async history(name: string, options: CallOptions = {}): Promise<readonly SecretRevision[]> {
    return this.#runner.run(this.#call("history", name, options), async (running) => {
      if (this.#store.history === undefined) throw noTransactions(this.#resolution.manager);
      return this.#store.history(name, running);
    });
  }

  async update(name: string, change: unknown, options: ConditionalOptions = {}): Promise<SecretInfo> {
    const call = this.#call("update", name, options, ["signal", "ifVersion"]);
    const { ifVersion } = options;
    if (typeof change !== "function") {
      return this.#runner.run(call, async (running) =>
        this.#store.update(name, copySecretValue(change), ifVersion, running),
      );
    }
    return this.#updates.run(name, (turn) =>
      this.#runner.run(call, async (running) => {
        await turn;
        return this.#store.updateBy(name, change as (current: SecretValue) => unknown, ifVersion, running);
      }),
    );
  }

  async refresh(
    name: string,
    options: RefreshOptions<never> & { readonly schema?: StandardSchema | undefined },
  ): Promise<Secret<never>> {
    const call = this.#call("refresh", name, options, ["signal", "schema", "isFresh", "refresh", "lease"]);
    let outcome: CallEvent["refresh"];
    const complete = (event: CallEvent) => {
      if (outcome !== undefined) event.refresh = outcome;
    };
    const request = this.#refreshes.prepare(options);
    return this.#runner.run({ ...call, complete }, async (running) => {
      const secret = await this.#read(name, running, call.signal);
      if (secret === undefined) throw secretNotFound();
      // Awaited only where a schema makes a promise of it.
      const isFresh = request.isFresh(secret);
      const result: RefreshResult =
        isFresh === true || (isFresh !== false && (await isFresh))
          ? { secret, outcome: "fresh" }
          : await this.#refreshes.refresh(name, request, running);
      // When another process stored the new value, the cache still has this one.
      if (result.secret !== secret) this.#cache?.remove(secret);
      outcome = result.outcome;
      const output = request.validated(result.secret);
      return (output instanceof Promise ? await output : output) as Secret<never>;
    });
  }

  async delete(name: string, options: ConditionalOptions = {}): Promise<boolean> {
    const call = this.#call("delete", name, options, ["signal", "ifVersion"]);
    return this.#runner.run(call, (running) => this.#store.delete(name, options.ifVersion, running));
  }

  list(options: ListFoldersOptions): AsyncIterableIterator<SecretInfo | SecretFolder>;
  list(options?: ListOptions): AsyncIterableIterator<SecretInfo>;
  list(
    options: ListOptions & { readonly folders?: boolean } = {},
  ): AsyncIterableIterator<SecretInfo | SecretFolder> {
    assertOptions(options, "list", ["signal", "prefix", "after", "limit", "onlyNames", "folders"]);
    const { prefix = "", after, limit, signal, onlyNames = false, folders = false } = options;
    if (typeof onlyNames !== "boolean" || typeof folders !== "boolean")
      throw new TypeError("The options `onlyNames` and `folders` of list must be booleans.");
    for (const text of [prefix, after === undefined ? "" : after]) {
      if (typeof text !== "string" || !text.isWellFormed()) {
        throw new TypeError("The options `prefix` and `after` of list must be well-formed strings.");
      }
    }
    if (limit !== undefined) assertInteger(limit, "The option `limit` of list", 1, Number.MAX_SAFE_INTEGER);
    const call = { operation: "list", signal };
    if (!this.#store.capabilities.list) {
      throw this.#runner.wrap(
        new SecretsError("UNSUPPORTED", `${this.#resolution.manager} cannot list.`),
        call,
      );
    }
    return this.#list(call, { prefix, after, limit: limit ?? Number.POSITIVE_INFINITY, onlyNames, folders });
  }

  inTransaction(transaction: object): SecretsInTransaction {
    if (typeof transaction !== "object" || transaction === null) {
      throw new TypeError("inTransaction takes a transaction of the application's database.");
    }
    let store: SecretStore;
    try {
      store = this.#store.inTransaction(transaction);
    } catch (error) {
      throw error instanceof TypeError ? error : this.#runner.wrap(error, { operation: "inTransaction" });
    }
    const runner = this.#runner;
    const parts = { store, runner, location: this.#location, resolution: this.#resolution };
    return onlyCalls(new OpenedSecretsManager({ ...parts, cache: undefined, dispose: async () => {} }));
  }

  async check(options: CallOptions & { readonly count?: boolean | undefined } = {}): Promise<Health> {
    assertOptions(options, "check", ["signal", "count"]);
    const call = { operation: "check", signal: options.signal };
    try {
      const health = await this.#runner.run(call, (running) =>
        this.#store.check({ count: options.count === true }, running),
      );
      return this.#health.of(health);
    } catch (error) {
      if (!isSecretsError(error) || error.code === "ABORTED" || error.code === "CLOSED") throw error;
      return this.#health.ofFailure(error);
    }
  }

  describe(): ManagerDescription {
    const { capabilities, countByManager } = this.#store;
    const { problems } = this.#health;
    const description = { ...this.#resolution, location: this.#location, problems, capabilities };
    return countByManager === undefined
      ? description
      : { ...description, countByManager: printableCounts(countByManager) };
  }

  close(options: { readonly timeout?: number | undefined } = {}): Promise<void> {
    assertOptions(options, "close", ["timeout"]);
    const { timeout = DEFAULT_CLOSE_TIMEOUT } = options;
    assertInteger(timeout, "The option `timeout` of close", 0, 60_000);
    this.#closing ??= this.#close(new Closing(timeout || DEFAULT_CLOSE_TIMEOUT, timeout > 0));
    return this.#closing;
  }

  async #close(closing: Closing): Promise<void> {
    await this.#runner.drain(closing);
    this.#cache?.clear();
    let failed: unknown;
    try {
      await this.#dispose(closing).catch((error: unknown) => {
        failed = error;
      });
      closing.assertEnded(failed);
      if (failed !== undefined) throw failed;
    } catch (error) {
      throw this.#runner.wrap(error, { operation: "close" });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Validates the arguments of every call on one secret. */
  #call(
    operation: string,
    name: string,
    options: CallOptions,
    known: readonly string[] = ["signal"],
  ): CallDescription {
    assertOptions(options, operation, known);
    const call = { operation, name, signal: options.signal, hasOwner: true };
    this.#assertName(name, call);
    return call;
  }

  #assertName(name: string, call: CallDescription): void {
    try {
      assertSecretName(name);
    } catch (error) {
      throw isSecretsError(error) ? this.#runner.wrap(error, { operation: call.operation }) : error;
    }
  }

  /** A read through the cache is shared, and aborted when all of its callers have aborted. */
  #read(name: string, running: RunningCall, signal: AbortSignal | undefined): Promise<Secret | undefined> {
    if (this.#cache === undefined) return this.#store.get(name, running);
    const cached = this.#cache.find(name);
    running.readFromCache(cached !== undefined);
    if (cached !== undefined) return Promise.resolve(cached);
    if (!this.#cache.shares(name)) return this.#store.get(name, running);
    const begin = () => {
      const shared: CallDescription = { operation: "get", name };
      const own = this.#runner.begin(shared, undefined, running);
      const secret = this.#runner.step(shared, own, () => this.#store.get(name, own));
      return { secret, abort: () => own.abort(abortedByCaller()) };
    };
    return this.#cache.read(name, begin, signal);
  }

  async *#list(call: CallDescription, range: ListingRange): AsyncGenerator<SecretInfo | SecretFolder, void> {
    const running = this.#runner.begin(call);
    const event = callEvents.open(
      () => this.#runner.event(call),
      (ended) => running.complete(ended, false, undefined),
    );
    const step = <Result>(body: () => Promise<Result>): Promise<Result> => {
      const run = () => this.#runner.step(call, running, body);
      return event === undefined ? run() : event.run(run);
    };
    const listing = new Listing(this.#store, range);
    let failure: unknown;
    try {
      for (;;) {
        const info = await step(() => listing.next(running));
        if (info === undefined) return;
        yield info;
      }
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      // The caller waits neither for a step in progress nor for a failing cleanup.
      const ended = (event === undefined ? listing.end() : event.run(() => listing.end())).catch(
        () => undefined,
      );
      await step(() => ended).catch(() => undefined);
      event?.end(failure);
    }
  }
}
