import { changedReferences } from "../support/changed-references.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Puts a row, whether or not there is one. */
export const claimOverwrites: BrokenBackend = {
  wrap: changedReferences((references) => ({
    async claim(name, change, context) {
      const row = await references.find(name, context);
      if (row === undefined) return references.claim(name, change, context);
      return references.advance(row, change, context);
    },
  })),
  fails: ["changes: claim of a name that has a row is false and changes nothing, whoever owns it"],
};
