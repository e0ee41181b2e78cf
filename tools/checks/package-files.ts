import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { filesUnder } from "./files-under.ts";
import type { Problem } from "./problem.ts";
import { readManifest, root } from "./workspace.ts";

const requiredFiles = [
  "package.json",
  "README.md",
  "CHANGELOG.md",
  "LICENSE",
  "tsconfig.json",
  "tsup.config.ts",
  "vitest.config.ts",
  "src/index.ts",
  "api/index.api.md",
];

/** The files that every package has. */
export function checkPackageFiles(folder: string): Problem[] {
  const where = `packages/${folder}`;
  const path = join(root, where);
  const problems: Problem[] = requiredFiles
    .filter((file) => !existsSync(join(path, file)))
    .map((file) => ({
      where: `${where}/${file}`,
      what: "is missing",
      todo: "Every package has it: see another package.",
    }));

  const tests = filesUnder(join(path, "test"));
  if (!tests.some((file) => file.endsWith(".test.ts"))) {
    problems.push({
      where: `${where}/test`,
      what: "has no *.test.ts",
      todo: "Write a test of what the package promises.",
    });
  }

  if (tests.some((file) => file.endsWith(".long.ts")) && !runsLongTests(path)) {
    problems.push({
      where: `${where}/package.json`,
      what: 'has no script "test:long", so that nothing runs its *.long.ts',
      todo: 'Add "test:long": "vitest run".',
    });
  }

  const license = join(path, "LICENSE");
  if (existsSync(license) && !readFileSync(license).equals(readFileSync(join(root, "LICENSE")))) {
    problems.push({
      where: `${where}/LICENSE`,
      what: "differs from the LICENSE of the repository",
      todo: `Copy it: cp LICENSE ${where}/LICENSE`,
    });
  }
  return problems;
}

function runsLongTests(path: string): boolean {
  // One that is missing is a problem of its own.
  if (!existsSync(join(path, "package.json"))) return true;
  return readManifest(path).scripts?.["test:long"] === "vitest run";
}
