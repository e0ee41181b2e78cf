import type { EntryState } from "../backend/ownership-store.ts";

/** What one state of an entry means to each party. */
export interface StateRules {
  /**
   * What is known of the secret. `present`: readers ask its owner, and it is listed and counted. `uncertain`: readers ask
   * its owner, and a value there is the secret. `absent`: it reads as absent, whatever its owner still holds.
   */
  readonly secret: "present" | "uncertain" | "absent";
  /**
   * What a caller does that wants to change the secret. `proceed`: change it. `wait`: wait within its deadline. `wait
   * briefly`: wait for two seconds at most, since the transition takes a few requests. Both end with CONFLICT.
   */
  readonly writers: "proceed" | "wait" | "wait briefly";
  /**
   * What the next caller does when the entry is stale: its process died, or was suspended for longer than the recovery
   * age. `activate`: the owner has the secret, and the entry becomes `active` with its copy. `confirm`: the owner is asked;
   * with a value the entry becomes `active`, without one it is removed. `delete`: the deletion is taken over and completed.
   */
  readonly whenStale: "nothing" | "activate" | "confirm" | "delete";
}

/**
 * The state machine of an entry. Every transition between two states is a named method of `OwnershipTable`, and each is
 * one compare-and-swap; recovery is a look-up here.
 *
 * - `active`: no transition is in progress.
 * - `creating`: the owner is about to receive the value, or has received it.
 * - `adopting`: the owner was seen to hold a value without an entry, and is asked once more.
 * - `locked`: the secret stays with its owner while one call checks or repairs it, or removes its copy.
 * - `moving`: the value is being copied to the manager that the entry names as the holder of a copy.
 * - `refreshing`: one caller obtains a new value, and the present one stays readable.
 * - `deleting`: the copy and the value are being deleted, in this order, and the entry after them.
 */
export const states: Readonly<Record<EntryState, StateRules>> = {
  active: { secret: "present", writers: "proceed", whenStale: "nothing" },
  creating: { secret: "uncertain", writers: "wait briefly", whenStale: "confirm" },
  adopting: { secret: "present", writers: "wait", whenStale: "confirm" },
  locked: { secret: "present", writers: "wait", whenStale: "activate" },
  moving: { secret: "present", writers: "wait", whenStale: "activate" },
  refreshing: { secret: "present", writers: "wait", whenStale: "activate" },
  deleting: { secret: "absent", writers: "wait briefly", whenStale: "delete" },
};

/** The states in which a secret is known to exist, in which it is listed and counted. */
export const presentStates: readonly EntryState[] = (Object.keys(states) as EntryState[]).filter(isPresent);

/** The states in which a transition is in progress. */
export const transitionStates: readonly EntryState[] = (Object.keys(states) as EntryState[]).filter(
  (state) => state !== "active",
);

/** Whether a secret in this state is known to exist, as far as its owner has not lost it. */
export function isPresent(state: EntryState): boolean {
  return states[state].secret === "present";
}
