import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Listens for the abort of a read, also after the read has ended. */
export const listenerLeft: BrokenBackend = {
  wrap: (inner) =>
    changed(inner, {
      get(name, context) {
        context.signal.addEventListener("abort", () => {});
        return inner.get(name, context);
      },
    }),
  fails: ["lifecycle: ended: a call leaves no listener on its signal"],
};
