/*
 * For authors of backends that keep the ownership table. Authors of other backends only need
 * "@archestra/secrets-core/plugin".
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
export { leaseOf } from "./ownership/lease.ts";
export { isPresent, presentStates, transitionStates } from "./ownership/states.ts";
