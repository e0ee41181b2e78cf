import { changedOwnership } from "../support/changed-ownership.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Counts writes of the backend alone, so that a secret which comes back has the version that it left with. */
export const versionRepeatedByMove: BrokenBackend = {
  wrap: changedOwnership((ownership, store) => ({
    async advance(expected, change, context) {
      const version = store.find(expected.name)?.version;
      const isChanged = await ownership.advance(expected, change, context);
      const row = store.find(expected.name);
      if (isChanged && row !== undefined && version !== undefined) store.replace(row, { version });
      return isChanged;
    },
  })),
  fails: [
    "moves: a secret that comes back has a version that it never had here before",
    "moves: the value stays while the store holds the copy, and has another version when it is the secret again",
    "refreshes: a value ends a refresh in one step, under a version that the row never had",
  ],
};
