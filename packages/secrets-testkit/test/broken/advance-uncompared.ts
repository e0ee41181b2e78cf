import type { ReferenceStore } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Changes a row whichever operation it is in. */
const wrap: WrapBackend = (inner) => {
  const { references } = inner;
  if (references === undefined)
    throw new TypeError("Only a backend with a table of owners can be broken so.");
  const uncompared: ReferenceStore = {
    find: (name, context) => references.find(name, context),
    claim: (name, change, context) => references.claim(name, change, context),
    async advance(name, _expected, change, context) {
      const row = await references.find(name, context);
      return row !== undefined && references.advance(name, row.operationId, change, context);
    },
    remove: (name, expected, context) => references.remove(name, expected, context),
    list: (range, context) => references.list(range, context),
    count: (context) => references.count(context),
  };
  return changed(inner, { references: uncompared });
};

export const advanceUncompared: BrokenBackend = {
  wrap,
  fails: [
    "changes: advance and remove that expect another operation id are false and change nothing",
    "changes: advance and remove that expect no change while one is under way are false and change nothing",
    "changes: advance and remove that expect a change while none is under way are false and change nothing",
  ],
};
