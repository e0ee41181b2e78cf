import type { Capabilities, Expectation, Health, ListRange } from "../backend/backend.ts";
import type { RunningCall } from "../call/running-call.ts";
import { secretChanged, secretNotFound } from "../errors/unmet-expectation.ts";
import type { Secret, SecretInfo, SecretRevision, SecretValue, SecretVersion } from "../secret/secret.ts";
import type { BackendHandle } from "./backend-handle.ts";
import { type RefreshRequest, type RefreshResult, storeObtained } from "./refresh.ts";
import type { InvalidatedCache } from "./secret-cache.ts";
import { failedRead, type GetManyResult, type SecretStore } from "./secret-store.ts";
import { updateBy } from "./update-by.ts";

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
      results.set(name, result.status === "failed" ? failedRead(name, result.error, this.#owner) : result);
    }
  }

  has(name: string, call: RunningCall): Promise<boolean> {
    return this.#owner.has(name, call);
  }

  history(name: string, call: RunningCall): Promise<readonly SecretRevision[]> {
    return this.#owner.history(name, call);
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
    const expect = ifVersion === undefined ? "present" : this.#owner.expectation(ifVersion);
    if (expect !== undefined) return this.#write(name, value, expect, call);
    throw (await this.has(name, call)) ? secretChanged() : secretNotFound();
  }

  async updateBy(
    name: string,
    change: (current: SecretValue) => unknown,
    ifVersion: SecretVersion | undefined,
    call: RunningCall,
  ): Promise<SecretInfo> {
    if (ifVersion !== undefined) this.#owner.assertConditional();
    const read = async () => {
      const secret = await this.#owner.get(name, call.deciding());
      return secret && { owner: this.#owner, secret };
    };
    return updateBy(change, ifVersion, call, read, ({ owner, secret }, next) =>
      this.#write(name, next, owner.unchanged(secret), call),
    );
  }

  /** Single flight is all that protects the value from other processes before the conditional write. */
  async refresh(name: string, request: RefreshRequest, call: RunningCall): Promise<RefreshResult> {
    const owner = this.#owner;
    owner.assertConditional();
    request.deciding();
    const secret = await owner.get(name, call.deciding());
    if (secret === undefined) throw secretNotFound();
    if (await request.isFresh(secret)) return { secret, outcome: "waited" };
    return call.change(name, undefined, async () => {
      const value = await request.obtain(secret, call.signal);
      request.deciding();
      try {
        const stored = await storeObtained(secret, value, call, (context) =>
          owner.replaceRefreshed(secret, value, this.#cache, context),
        );
        return { secret: stored, outcome: "refreshed" };
      } catch (error) {
        request.failed(secret, error);
        throw error;
      }
    });
  }

  async delete(name: string, ifVersion: SecretVersion | undefined, call: RunningCall): Promise<boolean> {
    const expect = ifVersion === undefined ? "any" : this.#owner.expectation(ifVersion);
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
}
