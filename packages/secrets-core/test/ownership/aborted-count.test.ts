import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { TwoStores } from "../support/two-stores.ts";

const MOST_ENTRIES = 200_000;

test.each([
  ["names that are counted", (index: number) => `n${String(index).padStart(9, "0")}`],
  ["names that break the grammar", (index: number) => `n//${String(index).padStart(9, "0")}`],
])("a count that is aborted asks a backend that ignores the signal for no more %s", async (_what, nameOf) => {
  let given = 0;
  const controller = new AbortController();
  const stores = new TwoStores({
    replaced: {
      list: async function* () {
        for (; given < MOST_ENTRIES; given++) {
          await nextTurn();
          if (given === 100) controller.abort();
          yield { name: nameOf(given) };
        }
      },
    },
  });
  const manager = await stores.open("OUTER");

  const error = await failure(manager.check({ count: true, signal: controller.signal }));

  expect(error.code).toBe("ABORTED");
  const atTheEnd = given;
  for (let turn = 0; turn < 100; turn++) await nextTurn();
  expect(given - atTheEnd).toBeLessThan(5);
});
