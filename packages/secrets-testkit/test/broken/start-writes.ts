import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Writes every secret again when it starts, as a re-encryption does that counts as a change. */
const wrap: WrapBackend = (inner, store) => {
  for (const row of store.rows) store.replace(row, { version: row.version + 1 });
  return changed(inner, {});
};

export const startWrites: BrokenBackend = {
  wrap,
  fails: ["versions: reading changes no version", "lifecycle: opening: a start changes no secret"],
};
