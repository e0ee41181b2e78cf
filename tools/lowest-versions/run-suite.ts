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
  const folder = copy?.folder ?? databasePackage;
  const run = (program: string, ...parameters: readonly string[]) => {
    const { status } = spawnSync(program, parameters, { cwd: folder, stdio: "inherit" });
    if (status !== 0) process.exitCode = status ?? 1;
  };
  // The sources compile against the types that an application has.
  if (withKysely) run(process.execPath, "node_modules/typescript/bin/tsc", "-p", "tsconfig.sources.json");
  const tests = [...(essential ? essentialTests : []), ...ofVitest];
  // Programs that tests start run on the same Node, since they are started by `process.execPath`.
  run(withNode ? lowestNode : process.execPath, "node_modules/vitest/vitest.mjs", "run", ...tests);
}
