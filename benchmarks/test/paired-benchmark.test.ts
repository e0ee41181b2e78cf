import { expect, test } from "vitest";
import { alternatePairs } from "../src/alternate-pairs.ts";
import { comparePaired } from "../src/paired-benchmark.ts";

test("who goes first changes with each pair", async () => {
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

test("a function that does five times the work takes clearly longer", async () => {
  const { ratio, baselineMedian } = await comparePaired({
    name: "self-test",
    baseline: { name: "once", run: () => work(20_000) },
    subject: { name: "five times", run: () => work(100_000) },
    pairs: 15,
    batchMilliseconds: 10,
  });
  // Whatever else the machine does, five times the work is more than one and a half times.
  expect(ratio.median).toBeGreaterThan(1.5);
  expect(baselineMedian).toBeGreaterThan(1000);
});

test("a promise is waited for", async () => {
  const wait = (milliseconds: number) => () => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const { ratio } = await comparePaired({
    name: "self-test",
    baseline: { name: "2 ms", run: wait(2) },
    subject: { name: "10 ms", run: wait(10) },
    pairs: 15,
    batchMilliseconds: 10,
  });
  expect(ratio.median).toBeGreaterThan(2);
});

function work(rounds: number): number {
  let sum = 0;
  for (let round = 0; round < rounds; round++) sum = (sum * 31 + round) | 0;
  return sum;
}
