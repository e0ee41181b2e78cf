import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Counts what the store holds, whether or not it is listed. */
const wrap: WrapBackend = (inner, store) =>
  changed(inner, {
    async check(options, context) {
      const health = await inner.check(options, context);
      return options.count ? { ...health, count: store.rows.length } : health;
    },
  });

export const countsEverything: BrokenBackend = {
  wrap,
  fails: ["listing: an entry whose name violates the grammar is not listed, and is counted by check"],
};
