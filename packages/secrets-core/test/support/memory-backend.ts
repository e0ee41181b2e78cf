import { MemoryStore, memoryPlugin } from "../../src/memory.ts";
import type { OwnershipStore } from "../../src/ownership.ts";
import type { CallContext, SecretsBackend } from "../../src/plugin.ts";

/** What a backend is handed when no manager stands before it. */
export const context: CallContext = {
  signal: new AbortController().signal,
  deadline: Number.POSITIVE_INFINITY,
  reserve: 0,
  logger: { warn: () => {} },
};

/** The memory backend itself, as a manager opens it. */
export async function memoryBackend(
  store = new MemoryStore(),
): Promise<{ backend: SecretsBackend; ownership: OwnershipStore; store: MemoryStore }> {
  const plugin = memoryPlugin();
  const backend = await plugin.create({ store } as never, { ...context, strict: false, purpose: "secrets" });
  if (backend.ownership === undefined) throw new Error("The memory backend has an ownership table.");
  return { backend, ownership: backend.ownership, store };
}
