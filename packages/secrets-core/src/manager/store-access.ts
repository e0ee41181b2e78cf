import type { Expectation, ListRange, ReadResult, SecretsBackend } from "../backend/backend.ts";
import type { StoredInfo, StoredSecret } from "../backend/stored-secret.ts";
import { isSecretsError, SecretsError } from "../errors/secrets-error.ts";
import { secretChanged, secretNotFound } from "../errors/unmet-expectation.ts";
import { Secret, type SecretInfo, type SecretValue, type SecretVersion } from "../secret/secret.ts";
import { copySecretValue, freezeDeep, isPlainObject } from "../secret/secret-value.ts";
import { backoff } from "./backoff.ts";
import { CallerError } from "./gateway.ts";
import type { Operation } from "./operation.ts";
import type { SecretCache } from "./secret-cache.ts";
import { wrapError } from "./wrap-error.ts";

/** The answer of `getMany` for one name. */
export type GetManyResult =
  | { readonly status: "found"; readonly secret: Secret }
  | { readonly status: "absent" }
  | { readonly status: "failed"; readonly error: SecretsError };

/** How many secrets are read at a time from a backend that has no `getMany` of its own. */
const READS_AT_A_TIME = 16;

/**
 * The backend as the manager sees it: secrets and infos of ours instead of stored ones, versions that name their
 * manager, writes that the cache knows of. Every method runs inside an operation.
 */
export class StoreAccess {
  readonly #backend: SecretsBackend;
  readonly #manager: string;
  readonly #cache: SecretCache | undefined;

  constructor(backend: SecretsBackend, manager: string, cache: SecretCache | undefined) {
    this.#backend = backend;
    this.#manager = manager;
    this.#cache = cache;
  }

  async get(name: string, operation: Operation): Promise<Secret | undefined> {
    const stored = await this.#backend.get(name, operation);
    return stored === undefined ? undefined : this.#secret(name, stored);
  }

  /** Puts one result for each name. */
  async getMany(
    names: readonly string[],
    results: Map<string, GetManyResult>,
    operation: Operation,
  ): Promise<void> {
    const answers = await (this.#backend.getMany?.(names, operation) ?? this.#getEach(names, operation));
    for (const name of names) results.set(name, this.#readResult(name, answers.get(name)));
  }

  async has(name: string, operation: Operation): Promise<boolean> {
    if (this.#backend.has !== undefined) return this.#backend.has(name, operation);
    return (await this.#backend.get(name, operation)) !== undefined;
  }

  async write(
    name: string,
    value: SecretValue,
    expect: Expectation,
    operation: Operation,
  ): Promise<SecretInfo> {
    const info = await this.#send(name, operation, () =>
      this.#backend.write(name, value, { expect }, operation),
    );
    if (info.name !== name) {
      throw wrongName("OUTCOME_UNKNOWN", "The backend answered the write with another secret's name.");
    }
    return this.#info(info);
  }

  async delete(name: string, ifVersion: SecretVersion | undefined, operation: Operation): Promise<boolean> {
    const expect = ifVersion === undefined ? "any" : this.#expectation(ifVersion);
    if (expect === undefined) {
      if (await this.has(name, operation)) throw secretChanged();
      return false;
    }
    return this.#send(name, operation, () => this.#backend.delete(name, { expect }, operation));
  }

  async update(
    name: string,
    value: SecretValue,
    ifVersion: SecretVersion | undefined,
    operation: Operation,
  ): Promise<SecretInfo> {
    const expect = ifVersion === undefined ? "present" : this.#expectation(ifVersion);
    if (expect !== undefined) return this.write(name, value, expect, operation);
    throw (await this.has(name, operation)) ? secretChanged() : secretNotFound();
  }

  /** Reads, changes and writes, again and again until nobody wrote in between. */
  async updateBy(
    name: string,
    change: (current: SecretValue) => unknown,
    ifVersion: SecretVersion | undefined,
    operation: Operation,
  ): Promise<SecretInfo> {
    const { conditionalWrites } = this.#backend.capabilities;
    for (let attempt = 0; ; attempt++) {
      operation.signal.throwIfAborted();
      const stored = await this.#backend.get(name, operation);
      if (stored === undefined) throw secretNotFound();
      const current = this.#secret(name, stored);
      if (ifVersion !== undefined && current.version !== ifVersion) throw secretChanged();
      const next = copySecretValue(await runCallerCode(() => change(current.value)));
      const condition =
        conditionalWrites && stored.version !== undefined ? { version: stored.version } : "present";
      try {
        return await this.write(name, next, condition, operation);
      } catch (error) {
        if (condition === "present" || ifVersion !== undefined || !this.#isConflict(error)) throw error;
        await backoff(attempt, operation.signal);
      }
    }
  }

  /** Entries whose names keep the grammar are for the caller to pick out: how many are left decides whether to go on. */
  list(range: ListRange, operation: Operation): AsyncIterator<StoredInfo> {
    return this.#backend.list(range, operation)[Symbol.asyncIterator]();
  }

  info(stored: StoredInfo): SecretInfo {
    return this.#info(stored);
  }

  async #getEach(names: readonly string[], operation: Operation): Promise<Map<string, ReadResult>> {
    const answers = new Map<string, ReadResult>();
    const waiting = names.values();
    const readNext = async () => {
      for (const name of waiting) {
        try {
          operation.signal.throwIfAborted();
          const secret = await this.#backend.get(name, operation);
          answers.set(name, secret === undefined ? { status: "absent" } : { status: "found", secret });
        } catch (error) {
          if (operation.abortReason !== undefined) throw operation.abortReason;
          answers.set(name, { status: "failed", error });
        }
      }
    };
    await Promise.all(Array.from({ length: READS_AT_A_TIME }, readNext));
    return answers;
  }

  #readResult(name: string, answer: ReadResult | undefined): GetManyResult {
    try {
      switch (answer?.status) {
        case "found":
          return { status: "found", secret: this.#secret(name, answer.secret) };
        case "absent":
          return { status: "absent" };
        case "failed":
          throw answer.error;
        default:
          throw new SecretsError("INTERNAL", "The backend's getMany gave no answer for this name.");
      }
    } catch (error) {
      const call = { operation: "getMany", manager: this.#manager, secretName: name };
      return { status: "failed", error: wrapError(error, call, this.#backend) };
    }
  }

  /** Hands a change to the backend: from here on giving up no longer means that nothing was changed. */
  #send<Result>(name: string, operation: Operation, change: () => Promise<Result>): Promise<Result> {
    return operation.write(() => (this.#cache === undefined ? change() : this.#cache.write(name, change)));
  }

  #isConflict(error: unknown): boolean {
    return isSecretsError(error) ? error.code === "CONFLICT" : this.#backend.classify?.(error) === "CONFLICT";
  }

  #secret(name: string, stored: StoredSecret): Secret {
    if (!isPlainObject(stored.value)) {
      throw new SecretsError("INVALID_VALUE", "The store holds something that is no JSON object.", {
        reason: "NOT_AN_OBJECT",
      });
    }
    if (stored.name !== name) throw wrongName("INTERNAL", "The backend gave a secret of another name.");
    return new Secret(this.#describe(stored), freezeDeep(stored.value));
  }

  #info(stored: StoredInfo): SecretInfo {
    return Object.freeze(this.#describe(stored));
  }

  #describe({ name, version, createdAt, updatedAt }: StoredInfo): SecretInfo {
    const info: { -readonly [Key in keyof SecretInfo]: SecretInfo[Key] } = { name, manager: this.#manager };
    if (version !== undefined) info.version = `${this.#manager}:${version}`;
    if (isTime(createdAt)) info.createdAt = createdAt;
    if (isTime(updatedAt)) info.updatedAt = updatedAt;
    return info;
  }

  /** The backend's own version inside one of ours. Undefined: it is of another manager, so nothing here can have it. */
  #expectation(version: SecretVersion): { readonly version: SecretVersion } | undefined {
    const prefix = `${this.#manager}:`;
    return version.startsWith(prefix) ? { version: version.slice(prefix.length) } : undefined;
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

async function runCallerCode<Result>(code: () => Result): Promise<Awaited<Result>> {
  try {
    return await code();
  } catch (error) {
    throw new CallerError(error);
  }
}
