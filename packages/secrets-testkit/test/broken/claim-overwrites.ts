import type { ReferenceStore } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Puts a row, whether or not there is one. */
const wrap: WrapBackend = (inner) => {
  const { references } = inner;
  if (references === undefined)
    throw new TypeError("Only a backend with a table of owners can be broken so.");
  const overwriting: ReferenceStore = {
    find: (name, context) => references.find(name, context),
    async claim(name, change, context) {
      const row = await references.find(name, context);
      if (row === undefined) return references.claim(name, change, context);
      return references.advance(name, row.operationId, change, context);
    },
    advance: (name, expected, change, context) => references.advance(name, expected, change, context),
    remove: (name, expected, context) => references.remove(name, expected, context),
    list: (range, context) => references.list(range, context),
    count: (context) => references.count(context),
  };
  return changed(inner, { references: overwriting });
};

export const claimOverwrites: BrokenBackend = {
  wrap,
  fails: ["changes: claim of a name that has a row is false and changes nothing, whoever owns it"],
};
