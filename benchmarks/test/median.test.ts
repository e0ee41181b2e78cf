import { expect, test } from "vitest";
import { median, medianWithInterval } from "../src/median.ts";

test("the median of an odd and of an even number of values", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

// From tables of the binomial distribution: of 15 values the 4th and the 12th, of 31 the 10th and the 22nd.
test.each([
  [15, 4, 12, 0.965],
  [31, 10, 22, 0.971],
])("the interval of %i values are those of rank %i and %i", (count, low, high, confidence) => {
  const values = Array.from({ length: count }, (_, index) => count - index);
  const interval = medianWithInterval(values);
  expect(interval).toMatchObject({ median: (count + 1) / 2, low, high });
  expect(interval.confidence).toBeCloseTo(confidence, 3);
});

test("the interval holds the true median at least 95 % of the time, however skewed the values are", () => {
  const runs = 4000;
  let held = 0;
  for (let run = 0; run < runs; run++) {
    // Exponential, whose median is ln 2.
    const { low, high } = medianWithInterval(Array.from({ length: 15 }, () => -Math.log(1 - Math.random())));
    if (low <= Math.LN2 && Math.LN2 <= high) held++;
  }
  expect(held / runs).toBeGreaterThan(0.95);
});

test("too few values for an interval are refused", () => {
  expect(() => medianWithInterval([1, 2, 3, 4, 5])).toThrow("at least 6 values");
});
