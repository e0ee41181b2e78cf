import { changedReferences } from "../support/changed-references.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Takes the rows that are being created or deleted for all that have a change under way. */
export const transitionsByState: BrokenBackend = {
  wrap: changedReferences((references) => ({
    async *transitions(context) {
      for await (const row of references.transitions(context)) if (row.state !== "moving") yield row;
    },
  })),
  fails: ["listing: exactly the rows with a change under way are transitions"],
};
