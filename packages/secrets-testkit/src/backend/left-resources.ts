import { AsyncLocalStorage, createHook } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";

/** What keeps a process alive, by the names that Node gives to them. */
const kinds: Readonly<Record<string, string>> = {
  Timeout: "a timer",
  TCPWRAP: "a connection",
  TCPSERVERWRAP: "a server",
  PIPEWRAP: "a pipe or a connection to a socket",
  PROCESSWRAP: "a child process",
  UDPWRAP: "a UDP socket",
  FSEVENTWRAP: "a watched file",
  STATWATCHER: "a watched file",
  SIGNALWRAP: "a listener of a signal of the process",
  MESSAGEPORT: "a port of messages",
  WORKER: "a worker",
};

interface Resource {
  readonly kind: string;
  readonly handle: { hasRef?: () => boolean };
}

/** How long a resource may need to end after the plugin has closed: a socket ends when its server answers. */
const END_TIMEOUT = 5_000;
const POLL_INTERVAL = 20;

const scope = new AsyncLocalStorage<Map<number, Resource>>();
const observed = new Set<Map<number, Resource>>();
const hook = createHook({
  init(id, type, _trigger, handle) {
    const kind = kinds[type];
    if (kind !== undefined) scope.getStore()?.set(id, { kind, handle });
  },
  destroy(id) {
    for (const resources of observed) resources.delete(id);
  },
});

/**
 * Runs code, and returns what it has left that keeps a process alive. Only what was created by this code, or on its behalf, is
 * observed, so that other tests of the process do not matter.
 *
 * @returns a description of each timer, connection and the like, in alphabetical order
 */
export async function leftBy(run: () => Promise<void>): Promise<readonly string[]> {
  const resources = new Map<number, Resource>();
  observed.add(resources);
  hook.enable();
  try {
    await scope.run(resources, run);
    const left = () => [...resources.values()].filter(({ handle }) => handle.hasRef?.() === true);
    for (let waited = 0; waited < END_TIMEOUT && left().length > 0; waited += POLL_INTERVAL)
      await sleep(POLL_INTERVAL);
    return left()
      .map(({ kind }) => kind)
      .sort();
  } finally {
    observed.delete(resources);
    if (observed.size === 0) hook.disable();
  }
}
