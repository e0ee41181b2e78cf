import type { BackendHarness } from "@archestra/secrets-testkit";
import { SampleStore, samplePlugin } from "../src/index.ts";

export const sampleHarness: BackendHarness = {
  open() {
    const store = new SampleStore(); // A new store, or a new place on one: nobody else uses it.
    const answerNext = (status: number) => () => {
      store.nextStatus = status;
    };
    return {
      plugins: [samplePlugin({ store })],
      env: { SAMPLE_TOKEN: "not-a-real-token" },
      readRaw: (name) => store.peek(name),
      seedRaw: (name, text) => void store.put(name, text),
      faults: {
        unauthenticated: answerNext(401),
        "permission-denied": answerNext(403),
        "rate-limited": answerNext(429),
        unavailable: answerNext(503), // Or several forms: [refuseConnections, answer503].
        nonsense: answerNext(502), // From a proxy: the store has done nothing.
      },
    };
  },
};
