import type { SecretRevision } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Lists the versions of a deleted secret as if its values were still there. */
const wrap: WrapBackend = (inner) => {
  const last = new Map<string, readonly SecretRevision[]>();
  return changed(inner, {
    async history(name, context) {
      const revisions = (await inner.history?.(name, context)) ?? [];
      if (revisions.length > 0) last.set(name, revisions);
      return last.get(name) ?? [];
    },
  });
};

export const historyOutlivesDeletion: BrokenBackend = {
  wrap,
  fails: ["versions: history: a deleted secret has no present version, and a new one of its name has one"],
};
