import { changedOwnership } from "../support/changed-ownership.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Returns only the entries that are being created or deleted as the ones in a transition. */
export const transitionsByState: BrokenBackend = {
  wrap: changedOwnership((ownership) => ({
    async *transitions(context) {
      for await (const row of ownership.transitions(context)) if (row.state !== "moving") yield row;
    },
  })),
  fails: ["listing: transitions lists exactly the rows with a transition in progress"],
};
