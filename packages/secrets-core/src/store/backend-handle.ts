import type {
  CallContext,
  DeleteExpectation,
  Expectation,
  Health,
  ListRange,
  ReadResult,
  SecretsBackend,
  StoredInfo,
  StoredSecret,
} from "../backend/backend.ts";
import { assertBackend } from "../backend/checked-backend.ts";
import { inParallel } from "../call/in-parallel.ts";
import type { AskingContext, ChangeObserver } from "../call/running-call.ts";
import { attributeError } from "../call/wrap-error.ts";
import { isDamagedSecret } from "../errors/damaged-secret.ts";
import { refreshOvertaken } from "../errors/failed-refresh.ts";
import { isSecretsError, SecretsError } from "../errors/secrets-error.ts";
import { noTransactions } from "../errors/transaction-refusals.ts";
import { withoutConditions } from "../errors/unmet-expectation.ts";
import { freezeStored } from "../secret/freeze-deep.ts";
import { RedactedSecret } from "../secret/redacted-secret.ts";
import { isSameValue } from "../secret/same-value.ts";
import type { Secret, SecretInfo, SecretRevision, SecretValue, SecretVersion } from "../secret/secret.ts";
import { isPlainObject } from "../secret/secret-value.ts";
import { CheckedAnswers } from "./checked-answers.ts";

/** The result of a read of one name. */
export type HandleReadResult =
  | { readonly status: "found"; readonly secret: Secret }
  | { readonly status: "absent" }
  | { readonly status: "failed"; readonly error: unknown };

/** The concurrency of reads from a backend without `getMany`. */
const CONCURRENT_READS = 16;

/**
 * A manager as an owner of secrets: calls its backend, converts stored secrets into secrets of the manager, and adds the
 * manager to versions and errors.
 */
export class BackendHandle {
  readonly id: string;
  readonly backend: SecretsBackend;
  readonly #checked: CheckedAnswers;

  constructor(id: string, backend: SecretsBackend) {
    this.id = id;
    this.backend = backend;
    this.#checked = new CheckedAnswers(id, backend.capabilities.versions);
  }

  get conditionalWrites(): boolean {
    return this.backend.capabilities.conditionalWrites;
  }

  /** Returns the path of a secret in the owner's store. Undefined: the backend has no paths. */
  path(name: string): string | undefined {
    if (this.backend.path === undefined) return undefined;
    return this.#checked.path(this.backend.path(name));
  }

  async get(name: string, context: CallContext): Promise<Secret | undefined> {
    this.#serving(context);
    try {
      const stored = await this.backend.get(name, context);
      return stored === undefined ? undefined : this.secret(name, stored);
    } catch (error) {
      throw this.attributed(error, context);
    }
  }

  async getMany(names: readonly string[], context: CallContext): Promise<Map<string, HandleReadResult>> {
    return this.run(context, async () => {
      const answers = await (this.backend.getMany?.(names, context) ?? this.#getEach(names, context));
      const results = this.#checked.map(answers, "getMany()");
      return new Map(names.map((name) => [name, this.#readResult(name, results.get(name))]));
    });
  }

  async has(name: string, context: CallContext): Promise<boolean> {
    return this.#serve(context, async () => {
      if (this.backend.has !== undefined)
        return this.#checked.boolean(await this.backend.has(name, context), "has()");
      const { signal, deadline, reserve, logger } = context;
      const deciding = {
        signal,
        deadline,
        reserve,
        logger,
        latest: true,
        repeated: () => context.repeated?.(),
      };
      return (await this.backend.get(name, deciding)) !== undefined;
    });
  }

  async history(name: string, context: CallContext): Promise<readonly SecretRevision[]> {
    return this.#serve(context, async () => {
      if (this.backend.history === undefined) {
        const message = `${this.id} keeps no record of older versions.`;
        throw new SecretsError("UNSUPPORTED", message);
      }
      const revisions = this.#checked.revisions(await this.backend.history(name, context));
      const describe = ({ version, state, createdAt, deletedAt }: SecretRevision) => ({
        version: `${this.id}:${version}`,
        ...(isTime(createdAt) ? { createdAt } : {}),
        state,
        ...(isTime(deletedAt) ? { deletedAt } : {}),
      });
      return Object.freeze(revisions.map((revision) => Object.freeze(describe(revision))));
    });
  }

  /** Whether there is a secret, even one that cannot be read. */
  async holds(name: string, context: CallContext): Promise<boolean> {
    try {
      return await this.has(name, context);
    } catch (error) {
      if (isDamagedSecret(error)) return true;
      throw error;
    }
  }

  async write(
    name: string,
    value: SecretValue,
    expect: Expectation,
    context: CallContext,
  ): Promise<SecretInfo> {
    return this.#serve(context, async () => {
      const info = await this.backend.write(name, value, { expect }, context);
      this.#checked.assertInfo(info, "write()");
      if (info.name === name) return this.info(info);
      throw wrongName("OUTCOME_UNKNOWN", "The backend's `write` returned the name of another secret.");
    });
  }

  /**
   * Replaces a secret by a value that was obtained from it. Repeated, it finds what an earlier attempt stored.
   *
   * @throws SecretsError CONFLICT, reason REFRESH_OVERTAKEN, when the secret is no longer as it was read
   */
  async replaceRefreshed(
    read: Secret,
    value: SecretValue,
    observer: ChangeObserver | undefined,
    context: CallContext,
  ): Promise<Secret> {
    const { name } = read;
    const send = () => this.write(name, value, this.unchanged(read), context);
    try {
      const info = await (observer === undefined ? send() : observer.write(name, send));
      return new RedactedSecret(info, value);
    } catch (error) {
      if (!isSecretsError(error, "CONFLICT") && !isSecretsError(error, "NOT_FOUND")) throw error;
      const now = await this.get(name, context);
      if (now !== undefined && isSameValue(value, now.value)) return now;
      throw refreshOvertaken();
    }
  }

  async delete(name: string, expect: DeleteExpectation, context: CallContext): Promise<boolean> {
    return this.#serve(context, async () =>
      this.#checked.boolean(await this.backend.delete(name, { expect }, context), "delete()"),
    );
  }

  /** Includes names that violate the grammar. The caller filters them. */
  list(range: ListRange, context: CallContext): AsyncIterator<SecretInfo, undefined> {
    let entries: AsyncIterator<StoredInfo> | undefined;
    return {
      next: () =>
        this.run(context, async () => {
          entries ??= this.#checked.iterable(this.backend.list(range, context), "list()");
          const { done, value } = await entries.next();
          if (done) return { done, value: undefined };
          this.#checked.assertEntry(value, range.prefix);
          return { done: false, value: this.info(value) };
        }),
      return: async () => {
        await entries?.return?.();
        return { done: true, value: undefined };
      },
    };
  }

  async check(options: { readonly count: boolean }, context: CallContext): Promise<Health> {
    return this.run(context, async () => this.#checked.health(await this.backend.check(options, context)));
  }

  /**
   * Returns the same owner, whose calls run in a transaction of the application.
   *
   * @throws SecretsError UNSUPPORTED, reason NOT_IN_TRANSACTION, when its backend does not support transactions
   */
  inTransaction(transaction: object): BackendHandle {
    if (this.backend.inTransaction === undefined) throw noTransactions(this.id);
    const backend = this.backend.inTransaction(transaction);
    assertBackend(this.id, backend, "inTransaction", this.backend.ownership !== undefined);
    return new BackendHandle(this.id, backend);
  }

  /**
   * Converts a stored secret into one of the manager.
   *
   * @param member what returned it, for errors. @default `get()`
   */
  secret(name: string, stored: StoredSecret, member = "get()"): Secret {
    this.#checked.assertInfo(stored, member);
    if (!isPlainObject(stored.value)) {
      this.#checked.assertStorable(stored.value, member);
      throw new SecretsError("INVALID_VALUE", "The stored value is not a JSON object.", {
        reason: "NOT_AN_OBJECT",
      });
    }
    if (stored.name !== name) throw wrongName("INTERNAL", "The backend returned a secret of another name.");
    return new RedactedSecret(this.#describe(stored), freezeStored(stored.value));
  }

  info(stored: StoredInfo): SecretInfo {
    return Object.freeze(this.#describe(stored));
  }

  /**
   * Returns the backend's own version. Undefined: it is a version of another manager.
   *
   * @throws SecretsError UNSUPPORTED when the backend has no conditional writes
   */
  expectation(version: SecretVersion): { readonly version: SecretVersion } | undefined {
    this.assertConditional();
    const prefix = `${this.id}:`;
    return version.startsWith(prefix) ? { version: version.slice(prefix.length) } : undefined;
  }

  /** Returns the expectation that a secret is as it was read. `present`: the backend cannot check more. */
  unchanged({ version }: Secret): Expectation {
    const expect = this.conditionalWrites && version !== undefined ? this.expectation(version) : undefined;
    return expect ?? "present";
  }

  assertConditional(): void {
    if (!this.conditionalWrites) throw withoutConditions(this.id);
  }

  /** Runs a call of the backend and adds the manager to its errors. */
  async run<Result>(context: CallContext, call: () => Promise<Result>): Promise<Result> {
    this.asked(context);
    try {
      return await call();
    } catch (error) {
      throw this.attributed(error, context);
    }
  }

  /** The same for a call about one secret, which this manager serves. */
  #serve<Result>(context: CallContext, call: () => Promise<Result>): Promise<Result> {
    this.#serving(context);
    return this.run(context, call);
  }

  #serving(context: CallContext): void {
    this.asked(context);
    (context as Partial<AskingContext>).serves?.(this.id);
  }

  /** Lets the call of a context know that this manager is asked. */
  asked(context: CallContext): void {
    (context as Partial<AskingContext>).asks?.(this.id);
  }

  /** Adds the manager to an error of its backend. */
  attributed(error: unknown, context?: CallContext): unknown {
    return attributeError(error, this.id, this.backend, context);
  }

  async #getEach(names: readonly string[], context: CallContext): Promise<Map<string, ReadResult>> {
    const results = new Map<string, ReadResult>();
    await inParallel(CONCURRENT_READS, names, async (name) => {
      try {
        context.signal.throwIfAborted();
        const secret = await this.backend.get(name, context);
        results.set(name, secret === undefined ? { status: "absent" } : { status: "found", secret });
      } catch (error) {
        context.signal.throwIfAborted();
        results.set(name, { status: "failed", error });
      }
    });
    return results;
  }

  #readResult(name: string, result: ReadResult | undefined): HandleReadResult {
    try {
      this.#checked.assertResult(result);
      switch (result.status) {
        case "found":
          return { status: "found", secret: this.secret(name, result.secret, "getMany()") };
        case "absent":
          return { status: "absent" };
        case "failed":
          throw result.error;
      }
    } catch (error) {
      return { status: "failed", error: this.attributed(error) };
    }
  }

  #describe({ name, version, createdAt, updatedAt }: StoredInfo): SecretInfo {
    const info: { -readonly [Key in keyof SecretInfo]: SecretInfo[Key] } = { name, manager: this.id };
    if (version !== undefined) info.version = `${this.id}:${version}`;
    if (isTime(createdAt)) info.createdAt = createdAt;
    if (isTime(updatedAt)) info.updatedAt = updatedAt;
    return info;
  }
}

/** An invalid time is dropped, so that the secret stays readable. */
function isTime(time: Date | undefined): time is Date {
  return time instanceof Date && !Number.isNaN(time.getTime());
}

/** The value may belong to another secret, so it is not returned. */
function wrongName(code: "INTERNAL" | "OUTCOME_UNKNOWN", problem: string): SecretsError {
  const message = `${problem} This is a bug in the plugin; please report it to its author.`;
  return new SecretsError(code, message, { reason: "WRONG_NAME" });
}
