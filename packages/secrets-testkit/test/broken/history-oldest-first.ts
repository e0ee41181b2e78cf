import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Lists the versions of a secret in the order of their writes. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    history: async (name, context) => ((await inner.history?.(name, context)) ?? []).toReversed(),
  });

export const historyOldestFirst: BrokenBackend = {
  wrap,
  fails: [
    "versions: history: versions are listed once each, the newest first, which is the one that get returns",
    "versions: history: a deleted secret has no present version, and a new one of its name has one",
    "versions: history: every client lists a version as soon as its write has ended",
    "versions: history: each name has versions of its own",
  ],
};
