import { randomUUID } from "node:crypto";
import type { ArrangeFault, BackendHarness, FaultForms } from "@archestra/secrets-testkit";
import { SampleStore, type StoreFault, samplePlugin } from "../src/index.ts";

export const sampleHarness: BackendHarness = {
  open() {
    const store = new SampleStore(); // A new store, or a new place on one: nothing else uses it.
    const once = (kind: StoreFault): ArrangeFault =>
      function once() {
        store.fault = { kind, isLasting: false };
      };
    const lasting = (kind: StoreFault): ArrangeFault =>
      function lasting() {
        store.fault = { kind, isLasting: true };
        return () => {
          store.fault = undefined;
        };
      };
    const both = (kind: StoreFault): FaultForms => [once(kind), lasting(kind)];
    return {
      plugins: [samplePlugin({ store })],
      env: { VARIABLE_PREFIX_TOKEN: "not-a-real-token-1" },
      readRaw: (name) => store.peek(name),
      seedRaw: (name, text) => store.put(name, { text, version: randomUUID() }),
      connections: { cannotHappen: "The store is in the memory of this process." },
      faults: {
        unauthenticated: both(401),
        "permission-denied": both(403),
        "rate-limited": both(429),
        unavailable: both(503),
        nonsense: both(502), // From a proxy: the store has done nothing.
        timeout: both("silence"),
        "lost-request": both("lost-request"),
        "lost-answer": both("lost-answer"),
        "hanging-answer": both("hanging-answer"),
      },
    };
  },
};
