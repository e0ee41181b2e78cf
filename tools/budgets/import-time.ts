import { execFileSync } from "node:child_process";

const RUNS = 9;

/**
 * The processor time of a process that imports a package, as a multiple of that of one that does nothing. Both are the lowest
 * of several runs, in turns. Processor time and not elapsed time, which other processes on the machine make longer.
 */
export function importTime(name: string, folder: string): number {
  const times = { idle: Infinity, importing: Infinity };
  for (let run = 0; run < RUNS; run++) {
    times.idle = Math.min(times.idle, processorTime("", folder));
    times.importing = Math.min(times.importing, processorTime(`import ${JSON.stringify(name)};`, folder));
  }
  return times.importing / times.idle;
}

function processorTime(code: string, folder: string): number {
  const measured = `${code} const { user, system } = process.cpuUsage(); console.log(user + system);`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", measured], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return Number(printed);
}
