import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { report } from "../checks/problem.ts";
import { copyWithLowestKysely } from "./copied-package.ts";
import { lowestVersions } from "./stated-versions.ts";
import { databasePackage, lowestNode } from "./workspace-paths.ts";

/**
 * Runs the tests of secrets-db on the lowest versions that it supports, instead of those of the workspace.
 *
 * Usage: node tools/lowest-versions/run-suite.ts [--node] [--kysely] [file of tests …]
 */
const { values: lowest, positionals: filters } = parseArgs({
  options: { node: { type: "boolean", default: false }, kysely: { type: "boolean", default: false } },
  allowPositionals: true,
});

const { problems, node, kysely } = lowestVersions();
report("Lowest versions", problems);
if (problems.length === 0) {
  using copy = lowest.kysely ? copyWithLowestKysely() : undefined;
  const folder = copy?.folder ?? databasePackage;
  console.log(
    `Tests of secrets-db on Node ${lowest.node ? node : process.versions.node}, Kysely ${lowest.kysely ? kysely : "of the workspace"}`,
  );
  // Programs that tests start run on the same Node, since they are started by `process.execPath`.
  const { status } = spawnSync(
    lowest.node ? lowestNode : process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", ...filters],
    { cwd: folder, stdio: "inherit" },
  );
  process.exitCode = status ?? 1;
}
