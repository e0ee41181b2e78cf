import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Gives the secrets of one level and none of its folders. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async *list(range, context) {
      for await (const info of inner.list(range, context))
        if (!range.oneLevel || !info.name.slice(range.prefix.length).includes("/")) yield info;
    },
  });

export const foldersLeftOut: BrokenBackend = {
  wrap,
  fails: [
    "listing: one level lists its names, and each of its folders once",
    "listing: a folder of many secrets is one entry of its level, in pages of any size",
  ],
};
