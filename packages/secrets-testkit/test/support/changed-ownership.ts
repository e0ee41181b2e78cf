import type { MemoryStore } from "@archestra/secrets-core/memory";
import type { OwnershipStore } from "@archestra/secrets-core/ownership";
import { changed } from "./changed-backend.ts";
import type { WrapBackend } from "./remote-harness.ts";

/** Breaks the ownership table of a backend: some members are replaced, every other one is the original's. */
export function changedOwnership(
  members: (ownership: OwnershipStore, store: MemoryStore) => Partial<OwnershipStore>,
): WrapBackend {
  return (inner, store) => {
    const { ownership } = inner;
    if (ownership === undefined) {
      throw new TypeError("Only a backend with an ownership table can be broken so.");
    }
    const broken: OwnershipStore = {
      find: (name, context) => ownership.find(name, context),
      read: (name, context) => ownership.read(name, context),
      readMany: (names, context) => ownership.readMany(names, context),
      claim: (name, change, context) => ownership.claim(name, change, context),
      advance: (expected, change, context) => ownership.advance(expected, change, context),
      remove: (expected, context) => ownership.remove(expected, context),
      list: (range, context) => ownership.list(range, context),
      transitions: (context) => ownership.transitions(context),
      count: (options, context) => ownership.count(options, context),
      ...members(ownership, store),
    };
    return changed(inner, { ownership: broken });
  };
}
