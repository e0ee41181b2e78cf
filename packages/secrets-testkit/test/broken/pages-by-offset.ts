import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

const PAGE = 100;

/** Counts how many names it has listed, and continues after as many: deletions move the names. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async *list(range, context) {
      for (let given = 0; ; given += PAGE) {
        const infos = await Array.fromAsync(inner.list(range, context));
        yield* infos.slice(given, given + PAGE);
        if (given + PAGE >= infos.length) return;
      }
    },
  });

export const pagesByOffset: BrokenBackend = {
  wrap,
  fails: ["listing: pages list every permanent secret once, while other clients delete and create"],
};
