import type { SecretRevision } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Remembers the versions that it has listed once. */
const wrap: WrapBackend = (inner) => {
  const known = new Map<string, readonly SecretRevision[]>();
  return changed(inner, {
    async history(name, context) {
      const revisions = known.get(name) ?? (await inner.history?.(name, context)) ?? [];
      known.set(name, revisions);
      return revisions;
    },
  });
};

export const historyRemembered: BrokenBackend = {
  wrap,
  fails: [
    "versions: history: a deleted secret has no present version, and a new one of its name has one",
    "versions: history: every client lists a version as soon as its write has ended",
  ],
};
