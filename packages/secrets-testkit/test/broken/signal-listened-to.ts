import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Closes at a signal of the process, which then no longer ends the application. */
export const signalListenedTo: BrokenBackend = {
  wrap: (inner) => {
    process.once("SIGUSR2", () => void inner.close());
    // Every client adds one: not the warning is the fault.
    process.setMaxListeners(0);
    return changed(inner, {});
  },
  fails: ["lifecycle: closed: a client leaves no listener on the process"],
};
