const MOST_AHEAD = 16;

/**
 * Reads something about each item of a sequence, some ahead of the consumer, and yields the results in order. It starts with
 * one read at a time, and reads further ahead as more are consumed, so that a consumer of a few does not cause many reads.
 *
 * @param read returns undefined for an item to leave out
 * @param limit at most this many results. Absent: all
 */
export async function* readAhead<Item, Result>(
  items: AsyncIterable<Item>,
  read: (item: Item) => Promise<Result | undefined>,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<Result> {
  const source = items[Symbol.asyncIterator]();
  const reads: Promise<Result | undefined>[] = [];
  let yielded = 0;
  let consumed = 0;
  let isDone = false;
  try {
    while (yielded < limit) {
      const ahead = Math.min(MOST_AHEAD, 2 * consumed + 1, limit - yielded);
      while (!isDone && reads.length < ahead) {
        const next = await source.next();
        if (next.done) {
          isDone = true;
          break;
        }
        const result = read(next.value);
        // Its failure is thrown in its turn, which may never come.
        result.catch(() => undefined);
        reads.push(result);
      }
      const first = reads.shift();
      if (first === undefined) return;
      const result = await first;
      consumed++;
      if (result === undefined) continue;
      yielded++;
      yield result;
    }
  } finally {
    await source.return?.();
  }
}
