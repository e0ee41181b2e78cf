import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

const PAGE = 250;

/** Leaves out the last page when it is full: it takes the end of the names for a failure to continue. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async *list(range, context) {
      const infos = await Array.fromAsync(inner.list(range, context));
      const isFull = infos.length > 0 && infos.length % PAGE === 0;
      yield* isFull ? infos.slice(0, -PAGE) : infos;
    },
  });

export const fullPageEndsList: BrokenBackend = {
  wrap,
  fails: ["listing: more secrets than a page of the store are all listed and counted"],
};
