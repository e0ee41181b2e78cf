/*
 * For authors of backends that keep the ownership table: its contract, and what it needs.
 * Authors of other backends import "@archestra/secrets-core/plugin" alone.
 */

export type {
  EntryChange,
  EntryResult,
  EntryState,
  ExpectedEntry,
  FoundEntry,
  ListedEntry,
  OwnershipEntry,
  OwnershipStore,
  SecretCopy,
} from "./backend/ownership-store.ts";
export { isSameEntry } from "./backend/ownership-store.ts";
export { secretCopied, secretInTransition, secretOfOtherManager } from "./errors/unmet-expectation.ts";
export { isPresent, presentStates } from "./ownership/states.ts";
