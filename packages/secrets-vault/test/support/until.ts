import { setTimeout as sleep } from "node:timers/promises";

/** Waits for a condition that no event reports. Throws when it is not met in time. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeout = 60_000,
): Promise<void> {
  const deadline = performance.now() + timeout;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Not so after ${timeout} ms: ${what}.`);
    await sleep(10);
  }
}
