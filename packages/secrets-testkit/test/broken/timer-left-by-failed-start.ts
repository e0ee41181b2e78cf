import { SecretsError } from "@archestra/secrets-core/plugin";
import type { BrokenBackend } from "./broken-backend.ts";

/** Connects again later, although its start has failed. */
export const timerLeftByFailedStart: BrokenBackend = {
  wrap: (inner) => inner,
  opening: ({ fault }) => {
    if (fault !== "unauthenticated") return;
    setTimeout(() => {}, 30_000);
    throw new SecretsError("UNAUTHENTICATED", "The store refused the credentials.");
  },
  fails: [
    "lifecycle: opening: beside an ownership table of another plugin, a start during unauthenticated succeeds",
    "lifecycle: closed: nothing keeps the process alive after a start that failed",
  ],
};
