import { globSync } from "node:fs";
import type { Problem } from "../checks/problem.ts";
import { root } from "../checks/workspace.ts";

const tests = [
  "packages/*/test/ownership/*.{test,thorough,long}.ts",
  "examples/switch-managers/test/routing/*.{test,thorough,long}.ts",
];

/** The tests of the ownership table that its guide does not name. */
export function unnamedTests(page: string, text: string): Problem[] {
  return globSync(tests, { cwd: root })
    .filter((path) => !text.includes(`](../${path})`))
    .map((path) => ({
      where: page,
      what: `does not name ${path}`,
      todo: "Add a link to it, at the behavior that it proves.",
    }));
}
