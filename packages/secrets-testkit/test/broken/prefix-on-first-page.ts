import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

const PAGE = 500;

/** Sends the prefix with the first page only. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async *list(range, context) {
      let [given, last] = [0, range.after];
      for await (const info of inner.list(range, context)) {
        yield info;
        last = info.name;
        if (++given === PAGE) break;
      }
      if (given === PAGE && range.limit === undefined)
        yield* inner.list({ ...range, prefix: "", after: last }, context);
    },
  });

export const prefixOnFirstPage: BrokenBackend = {
  wrap,
  fails: ["listing: more secrets than a page of the store are all listed and counted"],
};
