import { changedOwnership } from "../support/changed-ownership.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Compares only the transition id of an entry, which is absent from all entries without a transition. */
export const transitionIdComparedAlone: BrokenBackend = {
  wrap: changedOwnership((ownership) => ({
    async advance({ name, transitionId }, change, context) {
      const row = await ownership.find(name, context);
      return (
        row?.transitionId === transitionId && row !== undefined && ownership.advance(row, change, context)
      );
    },
  })),
  fails: [
    ...[
      "another manager",
      "another manager of a row without a transition",
      "another state",
      "another path",
      "no path where there is one",
      "a path where there is none",
      "a copy at another manager",
      "a copy of another version",
      "a copy at another path",
      "a copy with fewer members",
      "no copy where there is one",
      "a copy where there is none",
    ].map((what) => `changes: advance and remove that expect ${what} return false and change nothing`),
    "moves: advance with a value that expects another row is false and keeps the value that is there",
  ],
};
