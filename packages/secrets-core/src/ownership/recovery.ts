import { setTimeout as sleep } from "node:timers/promises";
import type { OwnershipEntry } from "../backend/ownership-store.ts";
import type { RunningCall } from "../call/running-call.ts";
import { secretInTransition } from "../errors/unmet-expectation.ts";
import type { Deletion } from "./deletion.ts";
import { leaseOf } from "./lease.ts";
import type { Managers } from "./managers.ts";
import type { OwnershipTable } from "./ownership-table.ts";
import { states } from "./states.ts";

/** How long a call waits that waits briefly: a creation or a deletion takes a few requests, unless its process died. */
const BRIEF_WAIT_MILLISECONDS = 2_000;
const LONGEST_PAUSE_MILLISECONDS = 100;
/** The time that a waiting call keeps to report the reason for its wait. */
const MARGIN_MILLISECONDS = 20;

/** Waits for the transitions of other processes, and completes those of processes that died, as the states say. */
export class Recovery {
  readonly #table: OwnershipTable;
  readonly #managers: Managers;
  readonly #deletion: Deletion;
  /** How old a transition of another process must be, in milliseconds, before it is stale. */
  readonly recoveryAge: number;

  constructor(table: OwnershipTable, managers: Managers, deletion: Deletion, recoveryAge: number) {
    this.#table = table;
    this.#managers = managers;
    this.#deletion = deletion;
    this.recoveryAge = recoveryAge;
  }

  /** Whether the process of a transition has certainly ended its call. */
  isStale(entry: OwnershipEntry): boolean {
    const { transitionAge } = entry;
    return transitionAge !== undefined && transitionAge >= (leaseOf(entry) ?? this.recoveryAge);
  }

  /** Completes or reverts a stale transition. The caller reads the entry again. */
  async recover(entry: OwnershipEntry, call: RunningCall): Promise<void> {
    switch (states[entry.state].whenStale) {
      case "nothing":
        return;
      case "activate":
        await this.#table.activate(entry, call);
        return;
      case "delete":
        return this.#deletion.takeOver(entry, call);
      case "confirm": {
        const owner = await this.#managers.ownerOf(entry);
        // Until the owner answers, the entry stays as old as it is.
        if (await owner.holds(entry.name, call)) await this.#table.activate(entry, call);
        else await this.#table.remove(entry, call);
      }
    }
  }

  /**
   * Waits a moment for a transition of another process, or recovers it when it is stale. The caller reads the entry again.
   *
   * @param startedAt when the call began to wait, as `performance.now()` returned it
   * @throws SecretsError CONFLICT, reason IN_TRANSITION, when the wait is over
   */
  async waitOrRecover(entry: OwnershipEntry, startedAt: number, call: RunningCall): Promise<void> {
    if (this.isStale(entry)) return this.recover(entry, call);
    const waited = performance.now() - startedAt;
    const longestWait =
      states[entry.state].writers === "wait briefly" ? BRIEF_WAIT_MILLISECONDS : Number.POSITIVE_INFINITY;
    const pause = Math.min(LONGEST_PAUSE_MILLISECONDS, 1 + waited / 2) * (0.5 + Math.random());
    if (waited > longestWait || call.timeLeft < pause + MARGIN_MILLISECONDS) {
      throw secretInTransition(entry.state);
    }
    await sleep(pause, undefined, { signal: call.signal }).catch(() => call.signal.throwIfAborted());
  }
}
