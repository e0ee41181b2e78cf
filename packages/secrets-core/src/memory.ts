export { type MemoryOptions, memoryPlugin } from "./memory/memory-plugin.ts";
export type { MemoryRow } from "./memory/memory-row.ts";
export { MemoryStore } from "./memory/memory-store.ts";
