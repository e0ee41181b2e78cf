import type { EntryResult } from "@archestra/secrets-core/ownership";
import { changedOwnership } from "../support/changed-ownership.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Reads several secrets without those that are being refreshed. */
export const refreshingUnread: BrokenBackend = {
  wrap: changedOwnership((ownership) => ({
    async readMany(names, context) {
      const results = new Map<string, EntryResult>();
      for (const [name, result] of await ownership.readMany(names, context)) {
        const isRefreshing = result.status === "found" && result.entry.state === "refreshing";
        results.set(name, isRefreshing ? { status: "absent" } : result);
      }
      return results;
    },
  })),
  fails: [
    "refreshes: a secret is found, read, listed and counted with its present value while it is refreshed",
  ],
};
