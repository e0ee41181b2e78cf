// #region harness
import type { BackendHarness } from "@archestra/secrets-testkit";
import { acmePlugin } from "./acme-plugin.ts";
import { AcmeServer } from "./acme-server.ts";

export const acmeHarness: BackendHarness = {
  open() {
    const server = new AcmeServer(); // a new server, or a new area on one, that nothing else uses
    const answerNext = (status: number) => () => {
      server.nextStatus = status;
    };
    return {
      plugins: [acmePlugin({ server })],
      env: { ACME_TOKEN: "not-a-real-token" },
      readRaw: async (name) => (await server.fetch(name))?.text,
      seedRaw: async (name, text) => void (await server.put(name, text)),
      faults: {
        unauthenticated: answerNext(401),
        "permission-denied": answerNext(403),
        "rate-limited": answerNext(429),
        unavailable: answerNext(503), // or several forms of it: [refuseConnections, answer503]
        nonsense: answerNext(502), // from a proxy: the server did nothing
      },
    };
  },
};
// #endregion
