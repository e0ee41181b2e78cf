/** Calls that go on until they are stopped. */
export interface Load {
  /** Ends it. @returns how many calls succeeded @throws what the first call that failed did so with */
  stop(): Promise<number>;
}

/** Calls again and again, so many at the same time. The first call that fails ends it. */
export function startLoad(call: () => Promise<unknown>, parallel = 16): Load {
  let isOver = false;
  let count = 0;
  const workers = Array.from({ length: parallel }, async () => {
    while (!isOver) {
      try {
        await call();
      } catch (error) {
        isOver = true;
        throw error;
      }
      count++;
    }
  });
  const all = Promise.all(workers);
  all.catch(() => undefined);
  return {
    async stop() {
      isOver = true;
      await all;
      return count;
    },
  };
}
