export interface MedianWithInterval {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** The chance that such an interval holds the true median: at least 0.95. */
  readonly confidence: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/**
 * The median, and the narrowest symmetric pair of order statistics that covers the true median with at least 95 %. It
 * assumes nothing about the distribution: the number of values of n below the true median is Binomial(n, 1/2).
 */
export function medianWithInterval(values: readonly number[]): MedianWithInterval {
  const sorted = values.toSorted((a, b) => a - b);
  const count = sorted.length;
  if (count < 6) throw new RangeError(`An interval of 95 % takes at least 6 values, not ${count}.`);
  let below = 0;
  let tail = chanceOfBelow(0, count);
  while (tail + chanceOfBelow(below + 1, count) <= 0.025) {
    below++;
    tail += chanceOfBelow(below, count);
  }
  return {
    median: median(sorted),
    low: sorted[below] as number,
    high: sorted[count - 1 - below] as number,
    confidence: 1 - 2 * tail,
  };
}

/** The chance that exactly `below` of `count` values are below the true median. */
function chanceOfBelow(below: number, count: number): number {
  let chance = 0.5 ** count;
  for (let index = 0; index < below; index++) chance *= (count - index) / (index + 1);
  return chance;
}
