import { changedOwnership } from "../support/changed-ownership.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Lets a transition begin only when its id is new. */
export const renewalWithoutEffect: BrokenBackend = {
  wrap: changedOwnership((ownership, store) => ({
    async advance(expected, change, context) {
      const before = store.find(expected.name);
      const isChanged = await ownership.advance(expected, change, context);
      const row = store.find(expected.name);
      if (
        isChanged &&
        row !== undefined &&
        before !== undefined &&
        row.transitionId === before.transitionId
      ) {
        store.replace(row, { transitionStartedAt: before.transitionStartedAt });
      }
      return isChanged;
    },
  })),
  fails: ["refreshes: the age of a refresh begins again when it is renewed under the same transition id"],
};
