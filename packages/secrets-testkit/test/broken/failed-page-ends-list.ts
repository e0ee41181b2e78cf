import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

const PAGE = 100;

/** Takes the failure of a later page for the end of the list. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async *list({ limit = Number.POSITIVE_INFINITY, ...range }, context) {
      let after = range.after;
      for (let left = limit; left > 0; left -= PAGE) {
        const next = { ...range, after, limit: Math.min(left, PAGE) };
        const page = await Array.fromAsync(inner.list(next, context)).catch((error) => {
          if (after === range.after) throw error;
          return [];
        });
        yield* page;
        if (page.length < PAGE) return;
        after = page.at(-1)?.name;
      }
    },
  });

export const failedPageEndsList: BrokenBackend = {
  wrap,
  fails: ["errors: a list whose later page cannot be read does not end as if it were complete"],
};
