import { execFileSync } from "node:child_process";

const RUNS = 11;

/**
 * The time of a process that imports a package, as a multiple of the time of one that does nothing. Both are the lowest of
 * several runs, in turns, so that another process on the machine slows neither of them down.
 */
export function importTime(name: string, folder: string): number {
  const times = { idle: Infinity, importing: Infinity };
  for (let run = 0; run < RUNS; run++) {
    times.idle = Math.min(times.idle, timeOf("0", folder));
    times.importing = Math.min(times.importing, timeOf(`import ${JSON.stringify(name)};`, folder));
  }
  return times.importing / times.idle;
}

function timeOf(code: string, folder: string): number {
  const start = performance.now();
  execFileSync(process.execPath, ["--input-type=module", "--eval", code], { cwd: folder, stdio: "ignore" });
  return performance.now() - start;
}
