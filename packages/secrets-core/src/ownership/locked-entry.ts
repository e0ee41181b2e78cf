import type { ExpectedEntry } from "../backend/ownership-store.ts";
import type { RunningCall } from "../call/running-call.ts";
import type { OwnershipTable } from "./ownership-table.ts";

/** Runs a step of a call that locked an entry. When the step fails, the entry is active again. */
export async function activateOnFailure<Result>(
  locked: ExpectedEntry,
  table: OwnershipTable,
  call: RunningCall,
  step: () => Promise<Result>,
): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    // If this fails too, the entry becomes active when it is stale.
    await table.activate(locked, call.finishing()).catch(() => undefined);
    throw error;
  }
}
