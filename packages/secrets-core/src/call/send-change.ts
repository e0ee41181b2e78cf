import type { RunningCall } from "./running-call.ts";

/** Hears of changes, so that nothing older than they are is served afterwards. */
export interface ChangeObserver {
  /** Runs a change of this name. */
  write<Result>(name: string, send: () => Promise<Result>): Promise<Result>;
}

/** Hands a change to a backend: from here on giving up no longer means that nothing was changed. */
export function sendChange<Result>(
  name: string,
  call: RunningCall,
  observer: ChangeObserver | undefined,
  change: () => Promise<Result>,
): Promise<Result> {
  return call.write(() => (observer === undefined ? change() : observer.write(name, change)));
}
