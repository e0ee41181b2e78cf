import { changedOwnership } from "../support/changed-ownership.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Changes a row whatever it has become since it was read. */
export const advanceUncompared: BrokenBackend = {
  wrap: changedOwnership((ownership) => ({
    async advance({ name }, change, context) {
      const row = await ownership.find(name, context);
      return row !== undefined && ownership.advance(row, change, context);
    },
  })),
  fails: [
    ...[
      "another transition id",
      "no transition while one is in progress",
      "a transition while none is in progress",
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
    "refreshes: a value of a refresh that was taken over or has ended is refused, and the value that is there stays",
  ],
};
