import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import { statusOf } from "../support/remote-memory.ts";
import type { BrokenBackend } from "./broken-backend.ts";

const PLACES = 100;

/** Takes a place for each read, and does not give it back when the store is unavailable. */
const wrap: WrapBackend = (inner) => {
  let taken = 0;
  return changed(inner, {
    async get(name, context) {
      if (taken >= PLACES) {
        await new Promise((_resolve, reject) => {
          context.signal.addEventListener("abort", () => reject(context.signal.reason), { once: true });
        });
      }
      try {
        return await inner.get(name, context);
      } catch (error) {
        if (statusOf(error) === 503) taken++;
        throw error;
      }
    },
  });
};

export const placesLostByFailures: BrokenBackend = {
  wrap,
  fails: ["errors: unavailable: a client whose calls failed many times serves as many at the same time"],
};
