import type { StoredInfo } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Sorts and goes on as strings compare in JavaScript. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async *list({ prefix, after, limit }, context) {
      const all: StoredInfo[] = await Array.fromAsync(inner.list({ prefix }, context));
      all.sort((left, right) => (left.name < right.name ? -1 : 1));
      yield* all.filter(({ name }) => after === undefined || name > after).slice(0, limit);
    },
  });

export const orderOfUtf16: BrokenBackend = {
  wrap,
  fails: [
    "listing: names come in the order of their bytes in UTF-8, each once",
    "listing: a list continues after any name, whether or not it exists",
    "listing: a list with a prefix continues after a name whose order differs in UTF-8 and in UTF-16",
  ],
};
