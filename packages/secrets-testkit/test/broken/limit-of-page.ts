import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

const PAGE = 100;

/** Takes the limit for that of each page. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async *list({ limit, ...range }, context) {
      const size = Math.min(limit ?? PAGE, PAGE);
      for (let after = range.after; ; ) {
        const page = await Array.fromAsync(inner.list({ ...range, after, limit: size }, context));
        yield* page;
        if (page.length < PAGE) return;
        after = page.at(-1)?.name;
      }
    },
  });

export const limitOfPage: BrokenBackend = {
  wrap,
  fails: ["listing: more secrets than a page of the store are all listed and counted"],
};
