import { setImmediate as nextTurn } from "node:timers/promises";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Removes the name from the index after a read that finds no secret, also when another client has created one meanwhile. */
const wrap: WrapBackend = (inner, store) => {
  const unlisted = unlistedNames.get(store) ?? new Set<string>();
  unlistedNames.set(store, unlisted);
  return changed(inner, {
    async get(name, context) {
      const secret = await inner.get(name, context);
      if (secret !== undefined) return secret;
      await nextTurn();
      unlisted.add(name);
      return undefined;
    },
    async write(name, value, options, context) {
      const info = await inner.write(name, value, options, context);
      unlisted.delete(name);
      return info;
    },
    async *list(range, context) {
      for await (const info of inner.list(range, context)) if (!unlisted.has(info.name)) yield info;
    },
  });
};

/** The names that are not in the index of a store, which all its clients share. */
const unlistedNames = new WeakMap<object, Set<string>>();

export const nameUnlistedByRead: BrokenBackend = {
  wrap,
  fails: ["concurrency: a secret that was written beside deletions and reads of its name is listed"],
};
