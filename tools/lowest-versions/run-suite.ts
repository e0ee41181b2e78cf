import { spawnSync } from "node:child_process";
import { report } from "../checks/problem.ts";
import { copyWithLowestKysely } from "./copied-package.ts";
import { essentialTests } from "./essential-tests.ts";
import { lowestVersions } from "./stated-versions.ts";
import { databasePackage, lowestNode } from "./workspace-paths.ts";

/**
 * Runs the tests of secrets-db on the lowest versions that it supports, instead of those of the workspace.
 *
 * Usage: node tools/lowest-versions/run-suite.ts [--node] [--kysely] [--essential] [files of tests, or options of vitest …]
 */
const ours = ["--node", "--kysely", "--essential"];
const options = process.argv.slice(2);
const [withNode, withKysely, essential] = ours.map((option) => options.includes(option));
const ofVitest = options.filter((option) => !ours.includes(option));

const { problems, node, kysely } = lowestVersions();
report("Lowest versions", problems);
if (problems.length === 0) {
  using copy = withKysely ? copyWithLowestKysely() : undefined;
  const versions = [
    `Node ${withNode ? node : process.versions.node}`,
    `Kysely ${withKysely ? kysely : "of the workspace"}`,
  ];
  console.log(`The tests of secrets-db run on ${versions.join(" and ")}.`);
  // Programs that tests start run on the same Node, since they are started by `process.execPath`.
  const { status } = spawnSync(
    withNode ? lowestNode : process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", ...(essential ? essentialTests : []), ...ofVitest],
    { cwd: copy?.folder ?? databasePackage, stdio: "inherit" },
  );
  process.exitCode = status ?? 1;
}
