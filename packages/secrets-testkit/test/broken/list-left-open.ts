import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Waits in `close` for the end of a list that its consumer has left after its first entry. */
export const listLeftOpen: BrokenBackend = {
  wrap: (inner) => {
    let left = 0;
    return changed(inner, {
      async *list(range, context) {
        let isLeft = false;
        try {
          for await (const entry of inner.list(range, context)) {
            isLeft = true;
            yield entry;
            isLeft = false;
          }
        } finally {
          // A list with a limit ends with its limit.
          if (isLeft && range.limit === undefined) left++;
        }
      },
      async close() {
        if (left > 0) await new Promise(() => {});
        await inner.close();
      },
    });
  },
  fails: [
    "listing: a folder of many secrets is one entry of its level, in pages of any size",
    "listing: a list can be ended early, and two lists can be read concurrently",
    "lifecycle: closing: close ends after every kind of call, also after a list that was not consumed",
    "errors: a list that its consumer has left leaves no unhandled rejection when the store fails",
  ],
};
