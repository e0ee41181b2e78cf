import type { BrokenBackend } from "./broken-backend.ts";

/** Warns at the start that the store refuses the token, and starts. */
export const refusalAsWarning: BrokenBackend = {
  wrap: (inner) => inner,
  opening({ fault }, _signal, logger) {
    if (fault === "unauthenticated") logger.warn({ code: "REMOTE" }, "The server refuses the token.");
  },
  fails: [
    "lifecycle: opening: a start that learns that its credentials are refused fails with UNAUTHENTICATED",
  ],
};
