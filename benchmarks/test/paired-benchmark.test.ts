import { expect, test } from "vitest";
import { alternatePairs } from "../src/alternate-pairs.ts";
import { comparePaired } from "../src/paired-benchmark.ts";

test("the order changes with each pair", async () => {
  const order: string[] = [];
  const measure = (side: string) => () => order.push(side);
  await alternatePairs(15, measure("baseline"), measure("subject"));
  expect(order.slice(0, 6)).toEqual(["baseline", "subject", "subject", "baseline", "baseline", "subject"]);
  expect(order).toHaveLength(30);
});

test("fewer than 15 pairs are refused", async () => {
  await expect(
    alternatePairs(
      14,
      () => 1,
      () => 1,
    ),
  ).rejects.toThrow("at least 15");
});

test("a ratio of five is found between two functions, and promises are awaited", async () => {
  let now = 0n;
  const spend = (nanoseconds: bigint) => () => {
    now += nanoseconds;
  };
  const spendLater = (nanoseconds: bigint) => async () => {
    await Promise.resolve();
    now += nanoseconds;
  };
  for (const take of [spend, spendLater]) {
    const { ratio, baselineMedian, subjectMedian } = await comparePaired({
      name: "self-test",
      baseline: { name: "once", run: take(2_000n) },
      subject: { name: "five times", run: take(10_000n) },
      pairs: 15,
      batchMilliseconds: 1,
      clock: () => now,
    });
    expect(ratio.median).toBe(5);
    expect([baselineMedian, subjectMedian]).toEqual([2_000, 10_000]);
  }
});
