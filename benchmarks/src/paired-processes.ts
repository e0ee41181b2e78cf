import { alternatePairs } from "./alternate-pairs.ts";
import { type Comparison, compare, comparisonLine } from "./comparison.ts";
import { writeResult } from "./results.ts";
import { type ProcessTimes, runNode } from "./run-node.ts";

/** What is timed: a whole Node process. */
export interface NodeCommand {
  readonly name: string;
  /** What stands behind `node`: a script and its arguments, or options such as `--eval`. */
  readonly arguments: readonly string[];
}

export interface PairedProcessesOptions {
  /** The name of the result's file. */
  readonly name: string;
  readonly baseline: NodeCommand;
  readonly subject: NodeCommand;
  /** At least 15. @default 31 */
  readonly pairs?: number;
}

export interface ProcessComparison {
  /** From the start of the process to its end, in milliseconds. */
  readonly wall: Comparison;
  /** Of user and system together, in milliseconds. */
  readonly cpu: Comparison;
}

/** Compares two Node processes from start to end, writes the result and prints it in two lines. */
export async function pairedProcesses(options: PairedProcessesOptions): Promise<ProcessComparison> {
  const { name, baseline, subject } = options;
  const comparison = await compareProcesses(options);
  writeResult(name, { baseline: baseline.name, subject: subject.name, ...comparison });
  console.log(`${name}: ${comparisonLine("wall time", subject.name, baseline.name, comparison.wall)}`);
  console.log(`${name}: ${comparisonLine("CPU time", subject.name, baseline.name, comparison.cpu)}`);
  return comparison;
}

/** The measurement alone. */
export async function compareProcesses(options: PairedProcessesOptions): Promise<ProcessComparison> {
  const { baseline, subject, pairs = 31 } = options;
  // The first runs fill the file cache.
  for (const side of [baseline, subject, baseline, subject]) runNode(side.arguments);
  const measured = await alternatePairs(
    pairs,
    () => runNode(baseline.arguments),
    () => runNode(subject.arguments),
  );
  return { wall: compareTimes("wall"), cpu: compareTimes("cpu") };

  function compareTimes(quantity: keyof ProcessTimes): Comparison {
    const values = measured.map((pair) => ({
      baseline: pair.baseline[quantity],
      subject: pair.subject[quantity],
    }));
    return compare(values, "ms");
  }
}
