import { MemoryStore, memoryPlugin } from "@archestra/secrets-core/memory";
import type { BackendHarness, Fault, ImpossibleFault } from "../../src/index.ts";
import { readRow, seedRow } from "./memory-rows.ts";

const inProcess = { cannotHappen: "The store is in the memory of the process: no request can fail." };
const faults: Readonly<Record<Fault, ImpossibleFault>> = {
  unauthenticated: inProcess,
  "permission-denied": inProcess,
  "rate-limited": inProcess,
  unavailable: inProcess,
  timeout: inProcess,
  "lost-answer": inProcess,
  "lost-request": inProcess,
  "hanging-answer": inProcess,
  nonsense: inProcess,
};

/** The memory backend of core as it is. */
export const memoryHarness: BackendHarness = {
  open() {
    const store = new MemoryStore();
    return {
      plugins: [memoryPlugin({ store })],
      readRaw: (name) => readRow(store, name),
      seedRaw: (name, text) => seedRow(store, name, text),
      connections: inProcess,
      faults,
    };
  },
};
