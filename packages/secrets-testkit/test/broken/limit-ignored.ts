import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Lists all names, and leaves it to the manager to stop. */
export const limitIgnored: BrokenBackend = {
  wrap: (inner) =>
    changed(inner, { list: ({ limit: _limit, ...range }, context) => inner.list(range, context) }),
  fails: [
    "listing: the backend itself returns at most as many entries as the limit",
    "listing: more secrets than a page of the store are all listed and counted",
  ],
};
