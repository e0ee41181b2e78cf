import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { performance } from "node:perf_hooks";

const reporter = join(import.meta.dirname, "report-cpu-time.cjs");

/** How long a process took, in milliseconds. */
export interface ProcessTimes {
  readonly wall: number;
  readonly cpu: number;
}

/** Runs a Node process to its end. */
export function runNode(command: readonly string[]): ProcessTimes {
  const start = performance.now();
  const child = spawnSync(process.execPath, ["--require", reporter, ...command], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    encoding: "utf8",
  });
  const wall = performance.now() - start;
  if (child.error) throw child.error;
  if (child.status !== 0) throw new Error(`node ${command.join(" ")} failed:\n${child.stderr}`);
  return { wall, cpu: Number(child.output[3]) / 1000 };
}
