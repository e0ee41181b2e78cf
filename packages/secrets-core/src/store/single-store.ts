import type { Capabilities, Expectation, Health, ListRange } from "../backend/backend.ts";
import { backoff } from "../call/backoff.ts";
import { nextValue } from "../call/caller-code.ts";
import type { RunningCall } from "../call/running-call.ts";
import { wrapError } from "../call/wrap-error.ts";
import { isSecretsError } from "../errors/secrets-error.ts";
import { secretChanged, secretNotFound, withoutConditions } from "../errors/unmet-expectation.ts";
import type { Secret, SecretInfo, SecretValue, SecretVersion } from "../secret/secret.ts";
import type { BackendHandle } from "./backend-handle.ts";
import type { InvalidatedCache } from "./secret-cache.ts";
import type { GetManyResult, SecretStore } from "./secret-store.ts";

/** The secrets of a single manager, without an ownership table. */
export class SingleStore implements SecretStore {
  readonly #owner: BackendHandle;
  readonly #cache: InvalidatedCache | undefined;

  constructor(owner: BackendHandle, cache: InvalidatedCache | undefined) {
    this.#owner = owner;
    this.#cache = cache;
  }

  get capabilities(): Capabilities {
    return this.#owner.backend.capabilities;
  }

  get(name: string, call: RunningCall): Promise<Secret | undefined> {
    return this.#owner.get(name, call);
  }

  async getMany(
    names: readonly string[],
    results: Map<string, GetManyResult>,
    call: RunningCall,
  ): Promise<void> {
    for (const [name, result] of await this.#owner.getMany(names, call)) {
      if (result.status !== "failed") results.set(name, result);
      else results.set(name, { status: "failed", error: failedRead(result.error, this.#owner.id, name) });
    }
  }

  has(name: string, call: RunningCall): Promise<boolean> {
    return this.#owner.has(name, call);
  }

  create(name: string, value: SecretValue, call: RunningCall): Promise<SecretInfo> {
    return this.#write(name, value, "absent", call);
  }

  set(name: string, value: SecretValue, call: RunningCall): Promise<SecretInfo> {
    return this.#write(name, value, "any", call);
  }

  async update(
    name: string,
    value: SecretValue,
    ifVersion: SecretVersion | undefined,
    call: RunningCall,
  ): Promise<SecretInfo> {
    const expect = ifVersion === undefined ? "present" : this.#expectation(ifVersion);
    if (expect !== undefined) return this.#write(name, value, expect, call);
    throw (await this.has(name, call)) ? secretChanged() : secretNotFound();
  }

  async updateBy(
    name: string,
    change: (current: SecretValue) => unknown,
    ifVersion: SecretVersion | undefined,
    call: RunningCall,
  ): Promise<SecretInfo> {
    if (ifVersion !== undefined) this.#expectation(ifVersion);
    for (let attempt = 0; ; attempt++) {
      call.signal.throwIfAborted();
      const current = await this.#owner.get(name, call.deciding());
      if (current === undefined) throw secretNotFound();
      if (ifVersion !== undefined && current.version !== ifVersion) throw secretChanged();
      const next = await nextValue(change, current.value);
      const { version } = current;
      const read =
        this.#owner.conditionalWrites && version !== undefined ? this.#owner.expectation(version) : undefined;
      try {
        return await this.#write(name, next, read ?? "present", call);
      } catch (error) {
        if (read === undefined || ifVersion !== undefined || !isSecretsError(error, "CONFLICT")) throw error;
        await backoff(attempt, call.signal);
      }
    }
  }

  async delete(name: string, ifVersion: SecretVersion | undefined, call: RunningCall): Promise<boolean> {
    const expect = ifVersion === undefined ? "any" : this.#expectation(ifVersion);
    if (expect === undefined) {
      if (await this.has(name, call)) throw secretChanged();
      return false;
    }
    return call.change(name, this.#cache, () => this.#owner.delete(name, expect, call));
  }

  list(range: ListRange, call: RunningCall): AsyncIterator<SecretInfo> {
    return this.#owner.list(range, call);
  }

  check(options: { readonly count: boolean }, call: RunningCall): Promise<Health> {
    return this.#owner.check(options, call);
  }

  inTransaction(transaction: object): SecretStore {
    return new SingleStore(this.#owner.inTransaction(transaction), this.#cache?.inTransaction());
  }

  #write(name: string, value: SecretValue, expect: Expectation, call: RunningCall): Promise<SecretInfo> {
    return call.change(name, this.#cache, () => this.#owner.write(name, value, expect, call));
  }

  /** Undefined: it is a version of another manager. */
  #expectation(ifVersion: SecretVersion): { readonly version: SecretVersion } | undefined {
    if (!this.#owner.conditionalWrites) throw withoutConditions(this.#owner.id);
    return this.#owner.expectation(ifVersion);
  }
}

/** The error of a failed read in the result of `getMany`. */
export function failedRead(error: unknown, manager: string, secretName: string) {
  return wrapError(error, { operation: "getMany", manager, secretName });
}
