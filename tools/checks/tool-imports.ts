import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "./problem.ts";
import { root } from "./workspace.ts";

const relativeImport = /"(?:\.\.\/)+tools\/(?<folder>[^/"]+)\/[^"]*"/;

/** Every import of the shared tools by a relative path instead of the name of their package. */
export function checkToolImports(): Problem[] {
  const command = [
    "ls-files",
    "packages/*.ts",
    "packages/*.json",
    "examples/*.ts",
    "examples/*.json",
    "benchmarks",
  ];
  return execFileSync("git", command, { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((path) => path !== "" && existsSync(join(root, path)))
    .flatMap((path) => toolImportProblems(path, readFileSync(join(root, path), "utf8")));
}

/** The relative imports of one file, each with its line. */
export function toolImportProblems(path: string, text: string): Problem[] {
  return text.split("\n").flatMap((line, index) => {
    const folder = relativeImport.exec(line)?.groups?.folder;
    if (folder === undefined) return [];
    return {
      where: `${path}:${index + 1}`,
      what: `imports tools/${folder} by a relative path`,
      todo: `Import it as @archestra/${folder}, and add that to "devDependencies" as "workspace:*".`,
    };
  });
}
