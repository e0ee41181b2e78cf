import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { filesUnder } from "../checks/files-under.ts";
import { outdatedFile } from "../checks/outdated-file.ts";
import { type Problem, report } from "../checks/problem.ts";
import { packageFolders, root } from "../checks/workspace.ts";
import { apiReport } from "./api-report.ts";
import { documentationProblems } from "./documentation.ts";
import { entryPointsOf } from "./entry-point.ts";

/** Writes a report of each entry point of the built packages, and checks their TSDoc. With `--check` it writes nothing and fails on a difference. */
const check = process.argv.includes("--check");
const todo =
  "Run `npx --yes pnpm@12 write:api`, read the difference as a user of the package would, and commit it with a changeset.";
const problems: Problem[] = [];

for (const folder of packageFolders()) {
  const entryPoints = entryPointsOf(folder);
  for (const entryPoint of entryPoints) {
    const path = join(root, entryPoint.report);
    const text = apiReport(entryPoint);
    if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
    if (check) {
      problems.push(outdatedFile(entryPoint.report, text, todo));
    } else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      console.log(`${entryPoint.report}: written`);
    }
  }
  for (const file of filesUnder(join(root, "packages", folder, "api"))) {
    const path = `packages/${folder}/api/${file}`;
    if (entryPoints.some((entryPoint) => entryPoint.report === path)) continue;
    if (check) {
      problems.push({ where: path, what: "is the report of no entry point", todo });
    } else {
      rmSync(join(root, path));
      console.log(`${path}: removed`);
    }
  }
}
problems.push(...(await documentationProblems()));
report("API reports", problems);
