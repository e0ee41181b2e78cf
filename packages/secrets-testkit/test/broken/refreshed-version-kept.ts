import { changedOwnership } from "../support/changed-ownership.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Stores the value of a refresh under the version of the value before. */
export const refreshedVersionKept: BrokenBackend = {
  wrap: changedOwnership((ownership, store) => ({
    async advance(expected, change, context) {
      const version = store.find(expected.name)?.version;
      const isChanged = await ownership.advance(expected, change, context);
      const row = store.find(expected.name);
      const isRefreshed = expected.state === "refreshing" && change.value !== undefined;
      if (isChanged && isRefreshed && row !== undefined && version !== undefined)
        store.replace(row, { version });
      return isChanged;
    },
  })),
  fails: ["refreshes: a value ends a refresh in one step, under a version that the row never had"],
};
