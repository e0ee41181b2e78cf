import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Asked for names alone, it looks into no folder. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async *list(range, context) {
      for await (const info of inner.list(range, context))
        if (!range.onlyNames || !info.name.slice(range.prefix.length).includes("/")) yield info;
    },
  });

export const namesOfOneFolder: BrokenBackend = {
  wrap,
  fails: [
    "listing: onlyNames lists the same names",
    "listing: more secrets than a page of the store are all listed and counted",
  ],
};
