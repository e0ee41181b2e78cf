import { changedOwnership } from "../support/changed-ownership.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Takes the rows that are being created or deleted for all that have a change under way. */
export const transitionsByState: BrokenBackend = {
  wrap: changedOwnership((ownership) => ({
    async *transitions(context) {
      for await (const row of ownership.transitions(context)) if (row.state !== "moving") yield row;
    },
  })),
  fails: ["listing: transitions lists exactly the rows with a transition in progress"],
};
