import { changedOwnership } from "../support/changed-ownership.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Keeps the value in the entry when a move is finalized. */
export const valueKeptAfterFinalizing: BrokenBackend = {
  wrap: changedOwnership((ownership, store) => ({
    async advance(expected, change, context) {
      const value = store.find(expected.name)?.value;
      const isChanged = await ownership.advance(expected, change, context);
      const row = store.find(expected.name);
      if (isChanged && row !== undefined && row.value === undefined) store.replace(row, { value });
      return isChanged;
    },
  })),
  fails: ["moves: the value is gone when the store is neither the owner nor holds the copy"],
};
