/** What the last call returned: kept where others could read it, so that no call can be optimized away. */
export let last: unknown;

/** How many calls take about so long: found by doubling until a batch is long enough to be extrapolated from. */
export async function sizeOfBatch(run: () => unknown, milliseconds: number): Promise<number> {
  const target = milliseconds * 1e6;
  for (let calls = 1; ; calls *= 2) {
    const nanoseconds = await batch(run, calls);
    if (nanoseconds >= target / 2) return Math.max(1, Math.round((calls * target) / nanoseconds));
  }
}

/** The nanoseconds that so many calls take, one after another. */
export async function batch(run: () => unknown, calls: number): Promise<number> {
  // The garbage of the other side is not this side's to collect; run-all.ts starts Node with --expose-gc.
  globalThis.gc?.();
  const start = process.hrtime.bigint();
  last = run();
  if (last instanceof Promise) {
    await last;
    for (let call = 1; call < calls; call++) last = await run();
  } else {
    for (let call = 1; call < calls; call++) last = run();
  }
  const end = process.hrtime.bigint();
  return Number(end - start);
}
