import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

const MOST = 10 * 100;

/** Ends a list after ten pages. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    list: ({ limit = MOST, ...range }, context) =>
      inner.list({ ...range, limit: Math.min(limit, MOST) }, context),
  });

export const listOfTenPages: BrokenBackend = {
  wrap,
  fails: ["listing: more secrets than a page of the store are all listed and counted"],
};
