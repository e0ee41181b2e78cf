import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Waits on its only connection for the answer of a change that was given up, before it sends a read. */
const wrap: WrapBackend = (inner, store) => {
  let isStuck = false;
  return changed(inner, {
    async write(name, value, options, context) {
      const before = store.find(name)?.version;
      try {
        return await inner.write(name, value, options, context);
      } catch (error) {
        // It was executed: only its answer is missing.
        isStuck = context.signal.aborted && store.find(name)?.version !== before;
        throw error;
      }
    },
    async get(name, context) {
      if (!isStuck) return inner.get(name, context);
      return new Promise((_resolve, reject) => {
        context.signal.addEventListener("abort", () => reject(context.signal.reason), { once: true });
      });
    },
  });
};

export const stuckAfterChange: BrokenBackend = {
  wrap,
  fails: ["errors: hanging-answer: a client whose change hangs serves every read"],
};
