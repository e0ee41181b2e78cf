import type { Health } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Remembers how many secrets there are, and forgets it at its own changes alone. */
const wrap: WrapBackend = (inner) => {
  let counted: Health | undefined;
  return changed(inner, {
    async check(options, context) {
      const health = await inner.check(options, context);
      if (!options.count || health.status !== "healthy") return health;
      counted ??= health;
      return { ...health, count: counted.count ?? 0 };
    },
    write(name, value, options, context) {
      counted = undefined;
      return inner.write(name, value, options, context);
    },
    delete(name, options, context) {
      counted = undefined;
      return inner.delete(name, options, context);
    },
  });
};

export const countRemembered: BrokenBackend = {
  wrap,
  fails: [
    "concurrency: has, list and the count of check immediately follow creations and deletions of another client",
  ],
};
