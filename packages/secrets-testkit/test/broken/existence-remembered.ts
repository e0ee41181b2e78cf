import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Remembers which secrets exist, and forgets it at its own changes alone. */
const wrap: WrapBackend = (inner) => {
  const known = new Set<string>();
  return changed(inner, {
    async has(name, context) {
      if (!known.has(name) && (await inner.get(name, context)) !== undefined) known.add(name);
      return known.has(name);
    },
    write(name, value, options, context) {
      known.delete(name);
      return inner.write(name, value, options, context);
    },
    delete(name, options, context) {
      known.delete(name);
      return inner.delete(name, options, context);
    },
  });
};

export const existenceRemembered: BrokenBackend = {
  wrap,
  fails: [
    "concurrency: has, list and the count of check immediately follow creations and deletions of another client",
  ],
};
