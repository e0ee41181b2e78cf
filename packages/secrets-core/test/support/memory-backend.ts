import { MemoryStore, memoryPlugin } from "../../src/memory.ts";
import type { OperationContext, ReferenceStore, SecretsBackend } from "../../src/plugin.ts";

/** What a backend is handed when no manager stands before it. */
export const context: OperationContext = {
  signal: new AbortController().signal,
  deadline: Number.POSITIVE_INFINITY,
  logger: { warn: () => {} },
};

/** The memory backend itself, as a manager opens it. */
export async function memoryBackend(
  store = new MemoryStore(),
): Promise<{ backend: SecretsBackend; references: ReferenceStore; store: MemoryStore }> {
  const plugin = memoryPlugin();
  const backend = await plugin.create({ store } as never, { ...context, strict: false, purpose: "secrets" });
  if (backend.references === undefined) throw new Error("The memory backend has a table of owners.");
  return { backend, references: backend.references, store };
}
