import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

const PAGE = 500;

/** Begins each page with the name that the page before ended with. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async *list(range, context) {
      let given = 0;
      for await (const info of inner.list(range, context)) {
        yield info;
        if (++given % PAGE === 0) yield info;
      }
    },
  });

export const pageBoundaryRepeated: BrokenBackend = {
  wrap,
  fails: ["listing: more secrets than a page of the store are all listed and counted"],
};
