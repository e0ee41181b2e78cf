import type { BrokenBackend } from "./broken-backend.ts";

/** Waits for the first answer of the store when it opens, whatever its signal says. */
export const createIgnoresSignal: BrokenBackend = {
  wrap: (inner) => inner,
  opening: (next) => (next.fault === "timeout" ? new Promise(() => {}) : undefined),
  fails: ["lifecycle: never-answers: create ends when its signal aborts"],
};
