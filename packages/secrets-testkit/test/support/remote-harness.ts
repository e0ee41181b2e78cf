import { MemoryStore } from "@archestra/secrets-core/memory";
import { backend, definePlugin, type SecretsBackend } from "@archestra/secrets-core/plugin";
import type { ArrangeFault, BackendHarness, Fault } from "../../src/index.ts";
import { readRow, seedRow } from "./memory-rows.ts";
import { type FaultSwitch, openMemory, RemoteMemory } from "./remote-memory.ts";

/** Makes something else of a backend that keeps the contract; `store` is what all clients of a store share. */
export type WrapBackend = (inner: SecretsBackend, store: MemoryStore) => SecretsBackend;

/** A harness that lacks nothing, for a backend over memory. */
export function remoteHarness(wrap: WrapBackend = (inner) => inner): BackendHarness {
  return {
    open() {
      const store = new MemoryStore();
      const next: FaultSwitch = {};
      const plugin = definePlugin({
        kind: backend,
        id: "REMOTE",
        contractVersion: 1,
        settings: {},
        create: async () => wrap(new RemoteMemory(await openMemory(store), next), store),
      });
      const arrange =
        (fault: Fault): ArrangeFault =>
        () => {
          next.fault = fault;
          return () => {
            next.fault = undefined;
          };
        };
      return {
        plugins: [plugin],
        readRaw: (name) => readRow(store, name),
        seedRaw: (name, text) => seedRow(store, name, text),
        faults: {
          unauthenticated: arrange("unauthenticated"),
          "permission-denied": arrange("permission-denied"),
          "rate-limited": arrange("rate-limited"),
          unavailable: arrange("unavailable"),
          timeout: arrange("timeout"),
          "lost-answer": arrange("lost-answer"),
          "hanging-answer": arrange("hanging-answer"),
          nonsense: arrange("nonsense"),
        },
      };
    },
  };
}
