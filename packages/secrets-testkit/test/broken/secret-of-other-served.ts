import { changedOwnership } from "../support/changed-ownership.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Serves whatever value is in a row, although it reads as absent or is the copy of another manager's secret. */
export const secretOfOtherServed: BrokenBackend = {
  wrap: changedOwnership((ownership, store) => ({
    async read(name, context) {
      const found = await ownership.read(name, context);
      const value = store.find(name)?.value;
      if (found === undefined || found.secret !== undefined || value === undefined) return found;
      return { ...found, secret: { name, value } };
    },
  })),
  fails: [
    "find: a secret of its own is returned in every state but `creating` and `deleting`",
    "moves: a secret that is moved here is the other manager's until the owner is flipped, and then readable",
    "moves: the value stays while the store holds the copy, and has another version when it is the secret again",
  ],
};
