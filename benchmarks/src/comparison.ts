import type { Pair } from "./alternate-pairs.ts";
import { type MedianWithInterval, median, medianWithInterval } from "./median.ts";

/** One quantity on both sides, and how many times the subject's is that of the baseline. */
export interface Comparison {
  /** The median of the ratios within the pairs, subject to baseline: below 1 the subject is better. */
  readonly ratio: MedianWithInterval;
  readonly baselineMedian: number;
  readonly subjectMedian: number;
  readonly unit: string;
  readonly pairs: readonly Pair<number>[];
}

export function compare(pairs: readonly Pair<number>[], unit: string): Comparison {
  return {
    ratio: medianWithInterval(pairs.map(({ baseline, subject }) => subject / baseline)),
    baselineMedian: median(pairs.map(({ baseline }) => baseline)),
    subjectMedian: median(pairs.map(({ subject }) => subject)),
    unit,
    pairs,
  };
}

/** The comparison in one line: `wall time of b is 0.523 times [0.511, 0.540] that of a: 12.1 against 23.2 ms, 15 pairs`. */
export function comparisonLine(
  quantity: string,
  subject: string,
  baseline: string,
  comparison: Comparison,
): string {
  const { ratio, unit, pairs } = comparison;
  const times = `${ratio.median.toFixed(3)} times [${ratio.low.toFixed(3)}, ${ratio.high.toFixed(3)}]`;
  const medians = `${short(comparison.subjectMedian)} against ${short(comparison.baselineMedian)} ${unit}`;
  return `${quantity} of ${subject} is ${times} that of ${baseline}: ${medians}, ${pairs.length} pairs`;
}

function short(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}
