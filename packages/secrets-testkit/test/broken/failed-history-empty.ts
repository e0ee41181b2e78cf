import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Lists no versions where they cannot be read. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    history: async (name, context) => (await inner.history?.(name, context).catch(() => [])) ?? [],
  });

export const failedHistoryEmpty: BrokenBackend = {
  wrap,
  fails: [
    "versions: history: unavailable is UNAVAILABLE, and never an empty list",
    "versions: history: permission-denied is PERMISSION_DENIED, and never an empty list",
  ],
};
