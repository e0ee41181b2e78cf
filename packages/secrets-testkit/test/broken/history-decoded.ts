import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Decodes the name whose versions it reads. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    history: async (name, context) => (await inner.history?.(decoded(name), context)) ?? [],
  });

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

export const historyDecoded: BrokenBackend = {
  wrap,
  fails: ["versions: history: each name has versions of its own"],
};
