import type {
  FoundReference,
  Reference,
  ReferenceChange,
  ReferenceStore,
} from "../backend/reference-store.ts";
import { type MemoryRow, storedSecret } from "./memory-row.ts";
import type { MemoryStore } from "./memory-store.ts";

/** The table of owners over the rows of a memory store. */
export class MemoryReferenceStore implements ReferenceStore {
  readonly #store: MemoryStore;
  readonly #manager: string;

  constructor(store: MemoryStore, manager: string) {
    this.#store = store;
    this.#manager = manager;
  }

  async find(name: string): Promise<FoundReference | undefined> {
    const row = this.#store.find(name);
    if (row === undefined) return undefined;
    const isOwn = row.manager === this.#manager && (row.state === "active" || row.state === "moving");
    return isOwn && row.value !== undefined
      ? { ...reference(row), secret: storedSecret(row, row.value) }
      : reference(row);
  }

  async claim(name: string, change: ReferenceChange): Promise<boolean> {
    if (this.#store.find(name) !== undefined) return false;
    this.#store.insert(name, change, undefined);
    return true;
  }

  async advance(
    name: string,
    expectedOperationId: string | undefined,
    change: ReferenceChange,
  ): Promise<boolean> {
    const row = this.#store.find(name);
    if (row === undefined || row.operationId !== expectedOperationId) return false;
    this.#store.replace(row, {
      manager: change.manager,
      state: change.state,
      operationId: change.operationId,
      operationStartedAt: change.operationId === undefined ? undefined : new Date(),
      path: change.path,
      source: change.source,
    });
    return true;
  }

  async remove(name: string, expectedOperationId: string | undefined): Promise<boolean> {
    const row = this.#store.find(name);
    if (row === undefined || row.operationId !== expectedOperationId) return false;
    this.#store.remove(name);
    return true;
  }

  async *list(range: {
    prefix: string;
    after?: string | undefined;
    limit?: number | undefined;
  }): AsyncGenerator<Reference> {
    let left = range.limit ?? Number.POSITIVE_INFINITY;
    for (const row of this.#store.ordered(range.prefix, range.after)) {
      if (left-- <= 0) return;
      yield reference(row);
    }
  }

  async count(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const { manager, state } of this.#store.rows) {
      if (state === "active" || state === "moving") counts.set(manager, (counts.get(manager) ?? 0) + 1);
    }
    return counts;
  }
}

function reference({
  name,
  manager,
  state,
  operationId,
  operationStartedAt,
  path,
  source,
}: MemoryRow): Reference {
  return {
    name,
    manager,
    state,
    ...(operationId === undefined ? {} : { operationId }),
    ...(operationStartedAt === undefined ? {} : { operationStartedAt }),
    ...(path === undefined ? {} : { path }),
    ...(source === undefined ? {} : { source }),
  };
}
