import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Returns the number of deleted secrets, as its client library does, when it deleted none. */
export const deletionsCounted: BrokenBackend = {
  wrap: (inner) =>
    changed(inner, {
      delete: async (name, options, context) => {
        const isDeleted = await inner.delete(name, options, context);
        return isDeleted ? isDeleted : (0 as never);
      },
    }),
  fails: [
    "existence: delete returns whether there was a secret",
    "versions: a deletion under a version of an absent secret is false",
    "concurrency: of several deletions of one secret, at least one returns true and none fails",
    "concurrency: set and delete of one secret by two clients at the same time never fail",
    "errors: damaged: set replaces a secret that cannot be read, with and without an ownership table",
    "errors: damaged: delete removes a secret that cannot be read, with and without an ownership table",
  ],
};
