/**
 * Processes items with limited concurrency. After an error, the workers finish their current items and no further item is
 * processed.
 *
 * @param isStopped true: no further item is processed
 * @throws the first error of `process` or of the iteration
 */
export async function inParallel<Item>(
  concurrency: number,
  items: AsyncIterable<Item> | Iterable<Item>,
  process: (item: Item) => Promise<unknown>,
  isStopped: () => boolean = () => false,
): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let isOver = false;
  const work = async () => {
    try {
      while (!isOver) {
        const next = iterator.next();
        const { done, value } = next instanceof Promise ? await next : next;
        if (done || isStopped()) break;
        await process(value);
      }
    } finally {
      isOver = true;
    }
  };
  const results = await Promise.allSettled(Array.from({ length: concurrency }, work));
  await iterator.return?.();
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
