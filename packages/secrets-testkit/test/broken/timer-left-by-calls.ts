import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Measures the state of its store from the first `check` on, also after `close`. */
export const timerLeftByCalls: BrokenBackend = {
  wrap: (inner) => {
    let isMeasured = false;
    return changed(inner, {
      check(options, context) {
        if (!isMeasured) setTimeout(() => {}, 30_000);
        isMeasured = true;
        return inner.check(options, context);
      },
    });
  },
  fails: ["lifecycle: closed: nothing keeps the process alive after calls"],
};
