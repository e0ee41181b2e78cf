#!/usr/bin/env node
import manifest from "../package.json" with { type: "json" };
import { keepCompiledCode } from "./program/compiled-code.ts";

const [first] = process.argv.slice(2);
// Loads nothing, since scripts ask often.
if (first === "--version" || first === "-V") {
  console.log(manifest.version);
} else {
  // Node writes all variables into a diagnostic report, such as one of --report-on-signal.
  process.report.excludeEnv = true;
  keepCompiledCode();
  const { exitCodes, runProgram } = await import("./index.ts");
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(exitCodes.outputClosed);
  });
  // Without a reader, messages are of no use, and the work goes on.
  process.stderr.on("error", () => undefined);
  process.exitCode = await runProgram(process.argv.slice(2), { ownsProcess: true });
}
