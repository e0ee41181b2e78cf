import { setImmediate as nextTurn } from "node:timers/promises";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Replaces a value in two steps, between which the secret is not there. */
const wrap: WrapBackend = (inner, store) =>
  changed(inner, {
    async write(name, value, options, context) {
      const row = options.expect === "any" ? store.find(name) : undefined;
      if (row === undefined) return inner.write(name, value, options, context);
      store.replace(row, { value: undefined });
      await nextTurn();
      return inner.write(name, value, options, context);
    },
  });

export const tornWrite: BrokenBackend = {
  wrap,
  fails: [
    "lifecycle: aborted: the backend ends set while the store does not respond",
    "lifecycle: aborted: the backend sends no request of set when the signal has aborted before",
    "lifecycle: late: set ends with TIMEOUT or OUTCOME_UNKNOWN",
    "lifecycle: never-answers: close ends while set waits for the store",
    "concurrency: a reader receives the old or the new value, never a mixture or absence",
    "errors: unauthenticated: set is UNAUTHENTICATED",
    "errors: permission-denied: set is PERMISSION_DENIED",
    "errors: rate-limited: set is RATE_LIMITED",
    "errors: unavailable: set is UNAVAILABLE",
    "errors: lost-request: set ends with its actual outcome",
    "errors: timeout: after a hung call of any kind, the same client answers every call with its own answer",
    "errors: timeout: no call claims a result after half a minute without an answer",
    "errors: nonsense: set claims nothing",
  ],
};
