import type { ListRange } from "../backend/backend.ts";
import type { OperationContext } from "../backend/operation-context.ts";
import type {
  FoundReference,
  ListedReference,
  Reference,
  ReferenceChange,
  ReferenceExpectation,
  ReferenceResult,
  ReferenceStore,
} from "../backend/reference-store.ts";
import { isSameReference } from "../backend/same-reference.ts";
import type { SecretValue } from "../secret/secret.ts";
import { inTurns } from "./in-turns.ts";
import { type MemoryRow, storedInfo, storedSecret } from "./memory-row.ts";
import type { MemoryStore } from "./memory-store.ts";

/** The table of owners over the rows of a memory store. */
export class MemoryReferenceStore implements ReferenceStore {
  readonly #store: MemoryStore;
  readonly #manager: string;

  constructor(store: MemoryStore, manager: string) {
    this.#store = store;
    this.#manager = manager;
  }

  async find(name: string): Promise<Reference | undefined> {
    const row = this.#store.find(name);
    return row === undefined ? undefined : reference(row);
  }

  async read(name: string): Promise<FoundReference | undefined> {
    const row = this.#store.find(name);
    if (row === undefined) return undefined;
    const { value } = row;
    return this.#isOwn(row) && value !== undefined
      ? { ...reference(row), secret: storedSecret(row, value) }
      : reference(row);
  }

  async readMany(names: readonly string[]): Promise<ReadonlyMap<string, ReferenceResult>> {
    const results = new Map<string, ReferenceResult>();
    for (const name of names) {
      const found = await this.read(name);
      results.set(name, found === undefined ? { status: "absent" } : { status: "found", reference: found });
    }
    return results;
  }

  async claim(name: string, change: ReferenceChange, { signal }: OperationContext): Promise<boolean> {
    signal.throwIfAborted();
    if (this.#store.find(name) !== undefined) return false;
    this.#store.insert(name, change, undefined);
    return true;
  }

  async advance(
    expected: ReferenceExpectation,
    change: ReferenceChange & { readonly value?: SecretValue },
    { signal }: OperationContext,
  ): Promise<boolean> {
    signal.throwIfAborted();
    const { value } = change;
    const holdsValue = change.manager === this.#manager || change.copy?.manager === this.#manager;
    if (value !== undefined && !holdsValue) throw valueForNobody(this.#manager);
    const row = this.#store.find(expected.name);
    if (row === undefined || !isSameReference(row, expected)) return false;
    // Another manager had states of its own meanwhile, so none of the versions from before may come back.
    const isReturn = row.manager !== this.#manager && change.manager === this.#manager;
    this.#store.replace(row, {
      manager: change.manager,
      state: change.state,
      operationId: change.operationId,
      operationStartedAt: change.operationId === undefined ? undefined : new Date(),
      path: change.path,
      copy: change.copy,
      value: value ?? (holdsValue ? row.value : undefined),
      version: value !== undefined || isReturn ? row.version + 1 : row.version,
      ...(value === undefined ? {} : { updatedAt: new Date() }),
    });
    return true;
  }

  async remove(expected: ReferenceExpectation, { signal }: OperationContext): Promise<boolean> {
    signal.throwIfAborted();
    const row = this.#store.find(expected.name);
    if (row === undefined || !isSameReference(row, expected)) return false;
    this.#store.remove(expected.name);
    return true;
  }

  async *list(
    { prefix, after, limit }: ListRange,
    { signal }: OperationContext,
  ): AsyncGenerator<ListedReference> {
    let left = limit ?? Number.POSITIVE_INFINITY;
    for await (const row of inTurns(this.#store.ordered(prefix, after), signal)) {
      if (left-- <= 0) return;
      yield this.#isOwn(row) && row.value !== undefined
        ? { ...reference(row), info: storedInfo(row) }
        : reference(row);
    }
  }

  async *transitions({ signal }: OperationContext): AsyncGenerator<Reference> {
    for await (const row of inTurns(this.#store.rows, signal))
      if (row.operationId !== undefined) yield reference(row);
  }

  async count(
    { except }: { readonly except?: string | undefined },
    { signal }: OperationContext,
  ): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for await (const { manager, state } of inTurns(this.#store.rows, signal)) {
      if (manager === except || (state !== "active" && state !== "moving")) continue;
      counts.set(manager, (counts.get(manager) ?? 0) + 1);
    }
    return counts;
  }

  #isOwn({ manager, state }: MemoryRow): boolean {
    return manager === this.#manager && (state === "active" || state === "moving");
  }
}

function valueForNobody(manager: string): TypeError {
  return new TypeError(`A value is kept only in a row whose owner or copy is at ${manager}.`);
}

function reference({
  name,
  manager,
  state,
  operationId,
  operationStartedAt,
  path,
  copy,
}: MemoryRow): Reference {
  return {
    name,
    manager,
    state,
    ...(operationId === undefined ? {} : { operationId }),
    ...(operationStartedAt === undefined ? {} : { operationAge: Date.now() - operationStartedAt.getTime() }),
    ...(path === undefined ? {} : { path }),
    ...(copy === undefined ? {} : { copy }),
  };
}
