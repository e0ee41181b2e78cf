import { changedOwnership } from "../support/changed-ownership.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Stores the value of a refresh even when another process is refreshing the secret by then. */
export const refreshedUnfenced: BrokenBackend = {
  wrap: changedOwnership((ownership) => ({
    async advance(expected, change, context) {
      const row = await ownership.find(expected.name, context);
      const isRefresh = row?.state === "refreshing" && expected.state === "refreshing";
      if (isRefresh && change.value !== undefined) return ownership.advance(row, change, context);
      return ownership.advance(expected, change, context);
    },
  })),
  fails: [
    "refreshes: a value of a refresh that was taken over or has ended is refused, and the value that is there stays",
  ],
};
