const MOST_AHEAD = 16;

/**
 * Asks for something about each of a sequence, some ahead of the consumer, and gives the answers in the sequence's order.
 * It begins with one and asks for more as more are consumed, so that one who wants a few does not cause many.
 *
 * @param ask undefined: this one is left out
 * @param limit at most so many answers. Absent: all
 */
export async function* readAhead<Item, Answer>(
  items: AsyncIterable<Item>,
  ask: (item: Item) => Promise<Answer | undefined>,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<Answer> {
  const source = items[Symbol.asyncIterator]();
  const asked: Promise<Answer | undefined>[] = [];
  let given = 0;
  let consumed = 0;
  let isOver = false;
  try {
    while (given < limit) {
      const ahead = Math.min(MOST_AHEAD, 2 * consumed + 1, limit - given);
      while (!isOver && asked.length < ahead) {
        const next = await source.next();
        if (next.done) {
          isOver = true;
          break;
        }
        const answer = ask(next.value);
        // Its failure is told when its turn comes, which may never be.
        answer.catch(() => undefined);
        asked.push(answer);
      }
      const first = asked.shift();
      if (first === undefined) return;
      const answer = await first;
      consumed++;
      if (answer === undefined) continue;
      given++;
      yield answer;
    }
  } finally {
    await source.return?.();
  }
}
