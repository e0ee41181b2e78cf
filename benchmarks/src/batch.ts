/** What the last call returned: kept where others could read it, so that no call can be optimized away. */
export let last: unknown;

/** A clock in nanoseconds, from any beginning. */
export type Clock = () => bigint;

/** How many calls take about so long: found by doubling until a batch is long enough to be extrapolated from. */
export async function sizeOfBatch(
  run: () => unknown,
  milliseconds: number,
  clock: Clock = process.hrtime.bigint,
): Promise<number> {
  const target = milliseconds * 1e6;
  for (let calls = 1; ; calls *= 2) {
    const nanoseconds = await batch(run, calls, clock);
    if (nanoseconds >= target / 2) return Math.max(1, Math.round((calls * target) / nanoseconds));
  }
}

/** The nanoseconds that so many calls take, one after another. */
export async function batch(
  run: () => unknown,
  calls: number,
  clock: Clock = process.hrtime.bigint,
): Promise<number> {
  // The garbage of the other side is not this side's to collect; run-all.ts starts Node with --expose-gc.
  globalThis.gc?.();
  const start = clock();
  last = run();
  if (last instanceof Promise) {
    await last;
    for (let call = 1; call < calls; call++) last = await run();
  } else {
    for (let call = 1; call < calls; call++) last = run();
  }
  const end = clock();
  return Number(end - start);
}
