import { AsyncLocalStorage } from "node:async_hooks";

/** A listener of an event of the process, as the plugin added it. */
interface ProcessListener {
  readonly event: string | symbol;
  readonly listener: (...parameters: never[]) => unknown;
}

const scope = new AsyncLocalStorage<ProcessListener[]>();
let observers = 0;

function record(event: string | symbol, listener: ProcessListener["listener"]): void {
  scope.getStore()?.push({ event, listener });
}

/**
 * Runs code, and returns the events of the process to which it still listens afterwards. Only listeners that this code added,
 * or that were added on its behalf, are observed, so that other tests of the process do not matter.
 */
export async function processEventsListenedToBy(run: () => Promise<void>): Promise<string[]> {
  const added: ProcessListener[] = [];
  if (observers++ === 0) process.on("newListener", record);
  try {
    await scope.run(added, run);
  } finally {
    if (--observers === 0) process.off("newListener", record);
  }
  const isLeft = ({ event, listener }: ProcessListener) =>
    process.listeners(event as NodeJS.Signals).includes(listener as NodeJS.SignalsListener);
  return added.filter(isLeft).map(({ event }) => String(event));
}
