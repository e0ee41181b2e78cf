import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";

const EVENT = "unhandledRejection";

type Reasons = unknown[];

const scope = new AsyncLocalStorage<Reasons>();
/** The reasons of each case that runs. */
const running = new Set<Reasons>();
/** The listeners of the test runner, which hear of everything that is not of a case. */
let listeners: NodeJS.UnhandledRejectionListener[] = [];

/**
 * Runs a case, and returns the reasons of the promises that were rejected meanwhile and not handled. Until its end, the test runner
 * does not receive them: they are failures of the case.
 */
export async function unhandledDuring(run: () => Promise<void>): Promise<readonly unknown[]> {
  const reasons: Reasons = [];
  if (running.size === 0) replaceListeners();
  running.add(reasons);
  try {
    await scope.run(reasons, run);
    // Node reports a rejection after the callbacks of its turn.
    await nextTurn();
    return reasons;
  } finally {
    running.delete(reasons);
    if (running.size === 0) restoreListeners();
  }
}

function replaceListeners(): void {
  listeners = process.listeners(EVENT);
  process.removeAllListeners(EVENT);
  process.on(EVENT, record);
}

function restoreListeners(): void {
  process.off(EVENT, record);
  for (const listener of listeners) process.on(EVENT, listener);
}

/** Older versions of Node call it outside of the case: then the rejection is of every case that runs. */
function record(reason: unknown, promise: Promise<unknown>): void {
  const own = scope.getStore();
  if (own === undefined) {
    for (const reasons of running) reasons.push(reason);
  } else if (running.has(own)) {
    own.push(reason);
  } else {
    for (const listener of listeners) listener(reason, promise);
  }
}
