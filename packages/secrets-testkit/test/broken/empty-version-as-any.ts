import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Deletes any state when the expected version is an empty text, as scripts and queries do that have no other sign for "any". */
export const emptyVersionAsAny: BrokenBackend = {
  wrap: (inner) =>
    changed(inner, {
      delete(name, { expect }, context) {
        const isAny = typeof expect === "object" && expect.version === "";
        return inner.delete(name, { expect: isAny ? "any" : expect }, context);
      },
    }),
  fails: ["versions: a deletion under an unknown version is CONFLICT and deletes nothing"],
};
