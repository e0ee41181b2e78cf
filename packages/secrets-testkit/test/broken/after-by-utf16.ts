import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Begins a list at the prefix unless the last name is greater, as JavaScript compares strings. */
export const afterByUtf16: BrokenBackend = {
  wrap: (inner) =>
    changed(inner, {
      list({ after, ...range }, context) {
        const isBehind = after !== undefined && after >= range.prefix;
        return inner.list(isBehind ? { ...range, after } : range, context);
      },
    }),
  fails: ["listing: a list with a prefix continues after a name whose order differs in UTF-8 and in UTF-16"],
};
