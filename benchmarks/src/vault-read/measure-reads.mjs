/** So many reads are in flight at a time. */
const IN_FLIGHT = 32;
const WARM_UP = 8_000;
const READS = 20_000;

/**
 * Reads over and over, and prints the microseconds of processor time that this process took for one read. Each of the 32
 * readers begins its next read when its last one ended, as the requests of a server do.
 *
 * There is no forced garbage collection in between: V8 discards the optimized code of every class without an instance at
 * that moment, so that it would be compiled again within the time that is measured.
 *
 * @param {() => Promise<unknown>} read
 */
export async function measureReads(read) {
  await readAll(read, WARM_UP);
  const before = process.cpuUsage();
  await readAll(read, READS);
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(JSON.stringify({ microsecondsPerRead: (user + system) / READS }));
}

async function readAll(read, count) {
  let left = count;
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (left-- > 0) await read();
    }),
  );
}
