import type { MemoryStore } from "@archestra/secrets-core/memory";

/** What a memory store holds under a name, as text. */
export function readRow(store: MemoryStore, name: string): string | undefined {
  const row = store.find(name);
  return row === undefined ? undefined : JSON.stringify(row.value);
}

/** Puts a text where the value of a secret should be. */
export function seedRow(store: MemoryStore, name: string, text: string, manager = "MEMORY"): void {
  const row = store.find(name) ?? store.insert(name, { manager, state: "active" }, undefined);
  store.replace(row, { value: text as never });
}
