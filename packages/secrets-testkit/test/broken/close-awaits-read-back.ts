import { setTimeout as sleep } from "node:timers/promises";
import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Twice the time that a manager has for `close`. Only calls with a longer deadline cause the fault. */
const LONG = 20_000;

/** Reads back until the first deadline of a call whether a write without an answer was executed, and `close` waits for it. */
export const closeAwaitsReadBack: BrokenBackend = {
  wrap: (inner) => {
    let lastWrite: Promise<unknown> = Promise.resolve();
    return changed(inner, {
      async write(name, value, options, context) {
        context.signal.throwIfAborted();
        // Not the earlier one that the call has since the manager closes.
        const { deadline } = context;
        const write = inner.write(name, value, options, context);
        lastWrite = write.catch(async () => {
          const left = deadline - Date.now();
          if (context.signal.aborted && left > LONG) await sleep(left, undefined, { ref: false });
        });
        return write;
      },
      async close() {
        await lastWrite;
        await inner.close();
      },
    });
  },
  fails: [
    "lifecycle: never-answers: close ends while set waits for the store",
    "errors: timeout: no call claims a result after half a minute without an answer",
  ],
};
