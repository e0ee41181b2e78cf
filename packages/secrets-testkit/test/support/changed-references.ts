import type { MemoryStore } from "@archestra/secrets-core/memory";
import type { ReferenceStore } from "@archestra/secrets-core/plugin";
import { changed } from "./changed-backend.ts";
import type { WrapBackend } from "./remote-harness.ts";

/** Breaks the table of owners of a backend: some members are replaced, every other one is the original's. */
export function changedReferences(
  members: (references: ReferenceStore, store: MemoryStore) => Partial<ReferenceStore>,
): WrapBackend {
  return (inner, store) => {
    const { references } = inner;
    if (references === undefined) {
      throw new TypeError("Only a backend with a table of owners can be broken so.");
    }
    const broken: ReferenceStore = {
      find: (name, context) => references.find(name, context),
      read: (name, context) => references.read(name, context),
      readMany: (names, context) => references.readMany(names, context),
      claim: (name, change, context) => references.claim(name, change, context),
      advance: (expected, change, context) => references.advance(expected, change, context),
      remove: (expected, context) => references.remove(expected, context),
      list: (range, context) => references.list(range, context),
      transitions: (context) => references.transitions(context),
      count: (options, context) => references.count(options, context),
      ...members(references, store),
    };
    return changed(inner, { references: broken });
  };
}
