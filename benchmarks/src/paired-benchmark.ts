import { alternatePairs } from "./alternate-pairs.ts";
import { batch, type Clock, sizeOfBatch } from "./batch.ts";
import { type Comparison, compare, comparisonLine } from "./comparison.ts";
import { writeResult } from "./results.ts";

/** What is timed: a function, or one that returns a promise. */
export interface Side {
  readonly name: string;
  readonly run: () => unknown;
}

export interface PairedBenchmarkOptions {
  /** The name of the result's file. */
  readonly name: string;
  readonly baseline: Side;
  readonly subject: Side;
  /** At least 15. @default 31 */
  readonly pairs?: number;
  /** How long each side of a pair runs. @default 75 */
  readonly batchMilliseconds?: number;
  /** @default the process's own */
  readonly clock?: Clock;
}

/**
 * Compares two functions within one process, writes the result and prints it in one line. The compiler may favour one of
 * two equal functions by a few per cent when a call takes only nanoseconds: so small a difference says nothing.
 */
export async function pairedBenchmark(options: PairedBenchmarkOptions): Promise<Comparison> {
  const { name, baseline, subject } = options;
  const comparison = await comparePaired(options);
  writeResult(name, { baseline: baseline.name, subject: subject.name, timePerCall: comparison });
  console.log(`${name}: ${comparisonLine("time per call", subject.name, baseline.name, comparison)}`);
  return comparison;
}

/** The measurement alone: nanoseconds per call. */
export async function comparePaired(options: PairedBenchmarkOptions): Promise<Comparison> {
  const { baseline, subject, pairs = 31, batchMilliseconds = 75, clock } = options;
  // Finding the sizes is the warm-up as well; each side is sized twice, since the first finding is of cold code.
  await sizeOfBatch(baseline.run, batchMilliseconds, clock);
  await sizeOfBatch(subject.run, batchMilliseconds, clock);
  const baselineCalls = await sizeOfBatch(baseline.run, batchMilliseconds, clock);
  const subjectCalls = await sizeOfBatch(subject.run, batchMilliseconds, clock);

  const measured = await alternatePairs(
    pairs,
    async () => (await batch(baseline.run, baselineCalls, clock)) / baselineCalls,
    async () => (await batch(subject.run, subjectCalls, clock)) / subjectCalls,
  );
  return compare(measured, "ns");
}
