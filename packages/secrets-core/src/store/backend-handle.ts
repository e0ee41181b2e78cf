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
import { attributeError } from "../call/wrap-error.ts";
import { SecretsError } from "../errors/secrets-error.ts";
import { noTransactions } from "../errors/transaction-refusals.ts";
import { freezeStored } from "../secret/freeze-deep.ts";
import { RedactedSecret } from "../secret/redacted-secret.ts";
import type { Secret, SecretInfo, SecretValue, SecretVersion } from "../secret/secret.ts";
import { isPlainObject } from "../secret/secret-value.ts";

/** The answer of a read for one name. */
export type HandleReadResult =
  | { readonly status: "found"; readonly secret: Secret }
  | { readonly status: "absent" }
  | { readonly status: "failed"; readonly error: unknown };

/** How many secrets are read at a time from a backend that has no `getMany` of its own. */
const READS_AT_A_TIME = 16;

/**
 * One manager as an owner of secrets: its backend, with secrets and infos of ours instead of stored ones, versions that
 * name their manager, and errors that do.
 */
export class BackendHandle {
  readonly id: string;
  readonly backend: SecretsBackend;

  constructor(id: string, backend: SecretsBackend) {
    this.id = id;
    this.backend = backend;
  }

  get conditionalWrites(): boolean {
    return this.backend.capabilities.conditionalWrites;
  }

  /** Where the owner keeps the secret of this name. Undefined: it tells no paths. */
  path(name: string): string | undefined {
    return this.backend.path?.(name);
  }

  async get(name: string, context: CallContext): Promise<Secret | undefined> {
    try {
      const stored = await this.backend.get(name, context);
      return stored === undefined ? undefined : this.secret(name, stored);
    } catch (error) {
      throw attributeError(error, this.id, this.backend, context);
    }
  }

  async getMany(names: readonly string[], context: CallContext): Promise<Map<string, HandleReadResult>> {
    return this.run(context, async () => {
      const answers = await (this.backend.getMany?.(names, context) ?? this.#getEach(names, context));
      return new Map(names.map((name) => [name, this.#readResult(name, answers.get(name))]));
    });
  }

  async has(name: string, context: CallContext): Promise<boolean> {
    return this.run(context, async () => {
      if (this.backend.has !== undefined) return this.backend.has(name, context);
      const { signal, deadline, reserve, logger } = context;
      return (
        (await this.backend.get(name, { signal, deadline, reserve, logger, latest: true })) !== undefined
      );
    });
  }

  async write(
    name: string,
    value: SecretValue,
    expect: Expectation,
    context: CallContext,
  ): Promise<SecretInfo> {
    return this.run(context, async () => {
      const info = await this.backend.write(name, value, { expect }, context);
      if (info.name === name) return this.info(info);
      throw wrongName("OUTCOME_UNKNOWN", "The backend answered the write with another secret's name.");
    });
  }

  async delete(name: string, expect: DeleteExpectation, context: CallContext): Promise<boolean> {
    return this.run(context, () => this.backend.delete(name, { expect }, context));
  }

  /** Entries whose names break the grammar are for the caller to pick out: how many are left decides whether to go on. */
  list(range: ListRange, context: CallContext): AsyncIterator<SecretInfo, undefined> {
    const entries = this.backend.list(range, context)[Symbol.asyncIterator]();
    return {
      next: () =>
        this.run(context, async () => {
          const { done, value } = await entries.next();
          return done ? { done, value: undefined } : { done: false, value: this.info(value) };
        }),
      return: async () => {
        await entries.return?.();
        return { done: true, value: undefined };
      },
    };
  }

  async check(options: { readonly count: boolean }, context: CallContext): Promise<Health> {
    return this.run(context, () => this.backend.check(options, context));
  }

  /**
   * The same owner, whose calls run in a transaction of the application.
   *
   * @throws SecretsError UNSUPPORTED, reason NOT_IN_TRANSACTION, when its backend has no transactions
   */
  inTransaction(transaction: object): BackendHandle {
    if (this.backend.inTransaction === undefined) throw noTransactions(this.id);
    return new BackendHandle(this.id, this.backend.inTransaction(transaction));
  }

  /** A secret as it leaves the manager. */
  secret(name: string, stored: StoredSecret): Secret {
    if (!isPlainObject(stored.value)) {
      throw new SecretsError("INVALID_VALUE", "The store holds something that is no JSON object.", {
        reason: "NOT_AN_OBJECT",
      });
    }
    if (stored.name !== name) throw wrongName("INTERNAL", "The backend gave a secret of another name.");
    return new RedactedSecret(this.#describe(stored), freezeStored(stored.value));
  }

  info(stored: StoredInfo): SecretInfo {
    return Object.freeze(this.#describe(stored));
  }

  /** The backend's own version inside one of ours. Undefined: it is of another manager, so nothing here can have it. */
  expectation(version: SecretVersion): { readonly version: SecretVersion } | undefined {
    const prefix = `${this.id}:`;
    return version.startsWith(prefix) ? { version: version.slice(prefix.length) } : undefined;
  }

  /** Runs something of the backend's, so that what it throws says which manager it came from. */
  async run<Result>(context: CallContext, call: () => Promise<Result>): Promise<Result> {
    try {
      return await call();
    } catch (error) {
      throw attributeError(error, this.id, this.backend, context);
    }
  }

  async #getEach(names: readonly string[], context: CallContext): Promise<Map<string, ReadResult>> {
    const answers = new Map<string, ReadResult>();
    const waiting = names.values();
    const readNext = async () => {
      for (const name of waiting) {
        try {
          context.signal.throwIfAborted();
          const secret = await this.backend.get(name, context);
          answers.set(name, secret === undefined ? { status: "absent" } : { status: "found", secret });
        } catch (error) {
          context.signal.throwIfAborted();
          answers.set(name, { status: "failed", error });
        }
      }
    };
    await Promise.all(Array.from({ length: READS_AT_A_TIME }, readNext));
    return answers;
  }

  #readResult(name: string, answer: ReadResult | undefined): HandleReadResult {
    try {
      switch (answer?.status) {
        case "found":
          return { status: "found", secret: this.secret(name, answer.secret) };
        case "absent":
          return { status: "absent" };
        case "failed":
          throw answer.error;
        default:
          throw new SecretsError("INTERNAL", "The backend's getMany gave no answer for this name.");
      }
    } catch (error) {
      return { status: "failed", error: attributeError(error, this.id, this.backend) };
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

/** A value is worth more than its times: what is none is left out, as if the store told none. */
function isTime(time: Date | undefined): time is Date {
  return time instanceof Date && !Number.isNaN(time.getTime());
}

/** Whose value it is cannot be told, and so it is given to nobody. */
function wrongName(code: "INTERNAL" | "OUTCOME_UNKNOWN", words: string): SecretsError {
  return new SecretsError(code, `${words} That is a defect of the plugin: tell its author.`, {
    reason: "WRONG_NAME",
  });
}
