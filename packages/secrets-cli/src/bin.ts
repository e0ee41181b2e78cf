#!/usr/bin/env node
import manifest from "../package.json" with { type: "json" };

const [first] = process.argv.slice(2);
// Loads nothing, since scripts ask often.
if (first === "--version" || first === "-V") {
  console.log(manifest.version);
} else {
  const { runProgram } = await import("./index.ts");
  process.exitCode = await runProgram(process.argv.slice(2));
}
