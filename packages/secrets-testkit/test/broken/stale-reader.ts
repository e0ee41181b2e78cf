import type { StoredSecret } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Remembers what it has read, and forgets it at its own writes alone. */
const wrap: WrapBackend = (inner) => {
  const seen = new Map<string, StoredSecret>();
  return changed(inner, {
    async get(name, context) {
      const secret = seen.get(name) ?? (await inner.get(name, context));
      if (secret !== undefined) seen.set(name, secret);
      return secret;
    },
    write(name, value, options, context) {
      seen.delete(name);
      return inner.write(name, value, options, context);
    },
    delete(name, options, context) {
      seen.delete(name);
      return inner.delete(name, options, context);
    },
  });
};

export const staleReader: BrokenBackend = {
  wrap,
  fails: [
    "concurrency: another client immediately sees a write, an update and a deletion",
    "concurrency: has, list and the count of check immediately follow creations and deletions of another client",
  ],
};
