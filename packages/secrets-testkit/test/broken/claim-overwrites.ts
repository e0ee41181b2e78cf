import { changedOwnership } from "../support/changed-ownership.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Puts a row, whether or not there is one. */
export const claimOverwrites: BrokenBackend = {
  wrap: changedOwnership((ownership) => ({
    async claim(name, change, context) {
      const row = await ownership.find(name, context);
      if (row === undefined) return ownership.claim(name, change, context);
      return ownership.advance(row, change, context);
    },
  })),
  fails: ["changes: claim of a name that has a row returns false and changes nothing, for every owner"],
};
