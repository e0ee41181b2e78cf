import type {
  CallContext,
  Capabilities,
  DeleteExpectation,
  Expectation,
  Health,
  ListRange,
  SecretsBackend,
  StoredInfo,
  StoredSecret,
} from "../backend/backend.ts";
import type { OwnershipStore } from "../backend/ownership-store.ts";
import {
  secretChanged,
  secretCopied,
  secretExists,
  secretInTransition,
  secretNotFound,
  secretOfOtherManager,
} from "../errors/unmet-expectation.ts";
import type { SecretValue } from "../secret/secret.ts";
import { isSecretName } from "../secret/secret-name.ts";
import { MemoryOwnershipStore } from "./memory-ownership-store.ts";
import { isOwnedBy, type MemoryRow, storedInfo, storedSecret, versionOf } from "./memory-row.ts";
import { inTurns, type MemoryStore } from "./memory-store.ts";

const capabilities: Capabilities = Object.freeze({ versions: true, conditionalWrites: true, list: true });

/** Stores secrets in memory: the reference implementation of the contract, and a backend for tests of applications. */
export class MemoryBackend implements SecretsBackend {
  readonly capabilities = capabilities;
  readonly location = "the memory of this process";
  readonly ownership: OwnershipStore;
  readonly #store: MemoryStore;
  readonly #manager: string;

  constructor(store: MemoryStore, manager: string) {
    this.#store = store;
    this.#manager = manager;
    this.ownership = new MemoryOwnershipStore(store, manager);
  }

  async get(name: string): Promise<StoredSecret | undefined> {
    const row = this.#own(name);
    return row?.value === undefined ? undefined : storedSecret(row, row.value);
  }

  async write(
    name: string,
    value: SecretValue,
    { expect }: { expect: Expectation },
    { signal }: CallContext,
  ): Promise<StoredInfo> {
    signal.throwIfAborted();
    const row = this.#store.find(name);
    if (row === undefined) {
      if (expect !== "absent" && expect !== "any") throw secretNotFound();
      return storedInfo(this.#store.insert(name, { manager: this.#manager, state: "active" }, value));
    }
    this.#assertChangeable(row);
    if (expect === "absent") throw secretExists();
    if (typeof expect === "object" && expect.version !== versionOf(row)) throw secretChanged();
    return storedInfo(this.#store.replace(row, { value, version: row.version + 1, updatedAt: new Date() }));
  }

  async delete(
    name: string,
    { expect }: { expect: DeleteExpectation },
    { signal }: CallContext,
  ): Promise<boolean> {
    signal.throwIfAborted();
    const row = this.#store.find(name);
    if (row === undefined || row.manager !== this.#manager) return false;
    this.#assertChangeable(row);
    if (row.copy !== undefined && row.copy.manager !== this.#manager) throw secretCopied(row.copy.manager);
    if (expect !== "any" && expect.version !== versionOf(row)) throw secretChanged();
    this.#store.remove(name);
    return true;
  }

  async *list({ prefix, after, limit }: ListRange, { signal }: CallContext): AsyncGenerator<StoredInfo> {
    let left = limit ?? Number.POSITIVE_INFINITY;
    for await (const row of inTurns(this.#store.ordered(prefix, after), signal)) {
      if (!isOwnedBy(row, this.#manager)) continue;
      if (left-- <= 0) return;
      yield storedInfo(row);
    }
  }

  async check({ count }: { count: boolean }, { signal }: CallContext): Promise<Health> {
    if (!count) return { status: "healthy", problems: [] };
    let listed = 0;
    let unlistedCount = 0;
    for await (const row of inTurns(this.#store.rows, signal)) {
      if (!isOwnedBy(row, this.#manager)) continue;
      if (isSecretName(row.name)) listed++;
      else unlistedCount++;
    }
    return { status: "healthy", problems: [], count: listed, unlistedCount };
  }

  async close(): Promise<void> {}

  async has(name: string): Promise<boolean> {
    return this.#own(name) !== undefined;
  }

  #assertChangeable({ manager, state }: MemoryRow): void {
    if (manager !== this.#manager) throw secretOfOtherManager(manager);
    if (state !== "active") throw secretInTransition(state);
  }

  #own(name: string): MemoryRow | undefined {
    const row = this.#store.find(name);
    return row !== undefined && isOwnedBy(row, this.#manager) ? row : undefined;
  }
}
