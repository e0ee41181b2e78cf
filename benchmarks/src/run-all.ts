import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";

/** Runs every `*.bench.ts`, each in a process of its own, one after another. */
const benchmarks = globSync("*.bench.ts", { cwd: import.meta.dirname }).sort();
for (const benchmark of benchmarks) {
  const file = join(import.meta.dirname, benchmark);
  const { status } = spawnSync(process.execPath, ["--expose-gc", file], { stdio: "inherit" });
  if (status !== 0) {
    console.error(`${benchmark} failed`);
    process.exitCode = 1;
  }
}
if (benchmarks.length === 0) console.log("There is no benchmark in benchmarks/src.");
