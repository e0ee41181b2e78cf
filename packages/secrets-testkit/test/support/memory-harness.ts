import { MemoryStore, memoryPlugin } from "@archestra/secrets-core/memory";
import type { BackendHarness } from "../../src/index.ts";
import { readRow, seedRow } from "./memory-rows.ts";

/** The memory backend of core as it is. What runs within the process has nothing between plugin and store that could fail. */
export const memoryHarness: BackendHarness = {
  open() {
    const store = new MemoryStore();
    return {
      plugins: [memoryPlugin({ store })],
      readRaw: (name) => readRow(store, name),
      seedRaw: (name, text) => seedRow(store, name, text),
    };
  },
};
