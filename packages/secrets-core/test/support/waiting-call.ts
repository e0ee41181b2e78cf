import type { SecretsManager } from "../../src/index.ts";
import { SuspendedProcess } from "./suspended-process.ts";
import type { ManagerId, TwoStores } from "./two-stores.ts";

/** A refresh reads the value, the entry, the value again, and the entry once more. */
const SIGHTINGS = 4;

/** A call of a process that waits for the transition of another process. */
export interface WaitingCall<Result> {
  readonly call: Promise<Result>;
  readonly manager: SecretsManager;
}

/** Starts a call that meets a transition of another process, and returns when it has seen the entry several times. */
export async function waitingCall<Result>(
  stores: TwoStores,
  selected: ManagerId,
  run: (manager: SecretsManager) => Promise<Result>,
): Promise<WaitingCall<Result>> {
  const process = new SuspendedProcess();
  const manager = await stores.open(selected, { intercept: process.intercept });
  let seen = process.suspendAt(() => false);
  const call = run(manager);
  for (let sighting = 1; sighting < SIGHTINGS; sighting++) {
    await seen;
    seen = process.suspendAt(() => false);
  }
  await seen;
  return { call, manager };
}
