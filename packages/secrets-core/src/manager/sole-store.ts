import type { Expectation, ListRange } from "../backend/backend.ts";
import type { Capabilities } from "../backend/capabilities.ts";
import type { Health } from "../backend/health.ts";
import { isSecretsError } from "../errors/secrets-error.ts";
import { secretChanged, secretNotFound, withoutConditions } from "../errors/unmet-expectation.ts";
import type { Secret, SecretInfo, SecretValue, SecretVersion } from "../secret/secret.ts";
import { backoff } from "./backoff.ts";
import { nextValue } from "./caller-code.ts";
import type { Operation } from "./operation.ts";
import type { Owner } from "./owner.ts";
import type { InvalidatedCache } from "./secret-cache.ts";
import type { GetManyResult, SecretStore } from "./secret-store.ts";
import { sendChange } from "./send-change.ts";
import { wrapError } from "./wrap-error.ts";

/** The secrets of one manager alone, where no table says who owns what. */
export class SoleStore implements SecretStore {
  readonly #owner: Owner;
  readonly #cache: InvalidatedCache | undefined;

  constructor(owner: Owner, cache: InvalidatedCache | undefined) {
    this.#owner = owner;
    this.#cache = cache;
  }

  get capabilities(): Capabilities {
    return this.#owner.backend.capabilities;
  }

  get(name: string, operation: Operation): Promise<Secret | undefined> {
    return this.#owner.get(name, operation);
  }

  async getMany(
    names: readonly string[],
    results: Map<string, GetManyResult>,
    operation: Operation,
  ): Promise<void> {
    for (const [name, result] of await this.#owner.getMany(names, operation)) {
      if (result.status !== "failed") results.set(name, result);
      else results.set(name, { status: "failed", error: failedRead(result.error, this.#owner.id, name) });
    }
  }

  has(name: string, operation: Operation): Promise<boolean> {
    return this.#owner.has(name, operation);
  }

  create(name: string, value: SecretValue, operation: Operation): Promise<SecretInfo> {
    return this.#write(name, value, "absent", operation);
  }

  set(name: string, value: SecretValue, operation: Operation): Promise<SecretInfo> {
    return this.#write(name, value, "any", operation);
  }

  async update(
    name: string,
    value: SecretValue,
    ifVersion: SecretVersion | undefined,
    operation: Operation,
  ): Promise<SecretInfo> {
    const expect = this.#expectation(ifVersion);
    if (expect !== "of another") return this.#write(name, value, expect ?? "present", operation);
    throw (await this.has(name, operation)) ? secretChanged() : secretNotFound();
  }

  async updateBy(
    name: string,
    change: (current: SecretValue) => unknown,
    ifVersion: SecretVersion | undefined,
    operation: Operation,
  ): Promise<SecretInfo> {
    this.#expectation(ifVersion);
    for (let attempt = 0; ; attempt++) {
      operation.signal.throwIfAborted();
      const current = await this.#owner.get(name, operation.deciding());
      if (current === undefined) throw secretNotFound();
      if (ifVersion !== undefined && current.version !== ifVersion) throw secretChanged();
      const next = await nextValue(change, current.value);
      const { version } = current;
      const read =
        this.#owner.conditionalWrites && version !== undefined ? this.#owner.expectation(version) : undefined;
      try {
        return await this.#write(name, next, read ?? "present", operation);
      } catch (error) {
        if (read === undefined || ifVersion !== undefined || !isSecretsError(error, "CONFLICT")) throw error;
        await backoff(attempt, operation.signal);
      }
    }
  }

  async delete(name: string, ifVersion: SecretVersion | undefined, operation: Operation): Promise<boolean> {
    const expect = this.#expectation(ifVersion);
    if (expect === "of another") {
      if (await this.has(name, operation)) throw secretChanged();
      return false;
    }
    return sendChange(name, operation, this.#cache, () =>
      this.#owner.delete(name, expect ?? "any", operation),
    );
  }

  list(range: ListRange, operation: Operation): AsyncIterator<SecretInfo> {
    return this.#owner.list(range, operation);
  }

  check(options: { readonly count: boolean }, operation: Operation): Promise<Health> {
    return this.#owner.check(options, operation);
  }

  inTransaction(transaction: object): SecretStore {
    return new SoleStore(this.#owner.inTransaction(transaction), this.#cache?.inTransaction());
  }

  #write(name: string, value: SecretValue, expect: Expectation, operation: Operation): Promise<SecretInfo> {
    return sendChange(name, operation, this.#cache, () => this.#owner.write(name, value, expect, operation));
  }

  /** Undefined: no version is expected. */
  #expectation(
    ifVersion: SecretVersion | undefined,
  ): { readonly version: SecretVersion } | "of another" | undefined {
    if (ifVersion === undefined) return undefined;
    if (!this.#owner.conditionalWrites) throw withoutConditions(this.#owner.id);
    return this.#owner.expectation(ifVersion) ?? "of another";
  }
}

/** What a read that failed leaves in the answer of `getMany`. */
export function failedRead(error: unknown, manager: string, secretName: string) {
  return wrapError(error, { operation: "getMany", manager, secretName });
}
