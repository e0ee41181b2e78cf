import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

const PAGE = 500;

/** Goes on behind the first name of the next page instead of the last one of this page. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async *list(range, context) {
      let given = 0;
      for await (const info of inner.list(range, context)) {
        if (given > 0 && given++ % PAGE === 0) continue;
        if (given === 0) given = 1;
        yield info;
      }
    },
  });

export const pageBoundarySkipped: BrokenBackend = {
  wrap,
  fails: ["listing: more secrets than a page of the store are all listed and counted"],
};
