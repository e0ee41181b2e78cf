import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Returns each version with the value that the secret has now. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async history(name, context) {
      const revisions = (await inner.history?.(name, context)) ?? [];
      const secret = await inner.get(name, context);
      return revisions.map((revision) => ({ ...revision, value: secret?.value }));
    },
  });

export const historyWithValues: BrokenBackend = {
  wrap,
  fails: ["versions: history: no version holds its value"],
};
