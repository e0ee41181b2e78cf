import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { outdatedFile } from "../checks/outdated-file.ts";
import { type Problem, report } from "../checks/problem.ts";
import { root } from "../checks/workspace.ts";
import { budgetsTable } from "./budgets-table.ts";
import { writeCommandPages } from "./command-pages.ts";
import { conformanceTable } from "./conformance-table.ts";
import { dependenciesTable, dependencyReasonProblems } from "./dependency-reasons.ts";
import { embeddedCode } from "./embedded-code.ts";
import { linkProblems } from "./links.ts";
import { fillBlocks } from "./marked-blocks.ts";
import { optionDocumentationProblems } from "./option-documentation.ts";
import { policyBlock } from "./policy-block.ts";
import { reasonsIndex } from "./reasons-index.ts";
import { snippetProblems } from "./snippets.ts";
import { diagramProblem, statesTable } from "./states-table.ts";
import { writeTerminalPictures } from "./terminal-pictures.ts";
import { unnamedTests } from "./test-guide.ts";
import { variablesTable } from "./variables-table.ts";

/** Fills the generated blocks of all pages, writes the pages of commands, and checks links and snippets. With `--check` it writes nothing and fails on a difference. */
const check = process.argv.includes("--check");
const todo = "Run `npx --yes pnpm@12 write:docs` and commit what it writes.";
const problems: Problem[] = [
  ...writeCommandPages(check, todo),
  ...(await writeTerminalPictures(check, todo)),
];

for (const page of pages()) {
  const text = readFileSync(join(root, page), "utf8");
  try {
    const filled = await fillBlocks(text, {
      budgets: budgetsTable,
      code: embeddedCode,
      conformance: conformanceTable,
      dependencies: dependenciesTable,
      policy: policyBlock,
      reasons: reasonsIndex,
      states: statesTable,
      variables: variablesTable,
    });
    if (filled !== text && check) problems.push(outdatedFile(page, filled, todo));
    if (filled !== text && !check) {
      writeFileSync(join(root, page), filled);
      console.log(`${page}: written`);
    }
    problems.push(...linkProblems(page, filled), ...(await snippetProblems(page, filled)));
    if (page === "docs/dependencies.md") problems.push(...(await dependencyReasonProblems(page, filled)));
    if (page === "docs/testing-ownership.md") problems.push(...unnamedTests(page, filled));
    if (page === "docs/architecture.md") {
      const what = diagramProblem(filled);
      if (what !== undefined) problems.push({ where: page, what, todo: "Correct the diagram." });
    }
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    problems.push({ where: page, what, todo: "Correct the comment that opens the block." });
  }
}
problems.push(
  ...(await optionDocumentationProblems([
    { folder: "packages/secrets-core", declarations: ["dist/memory.d.ts"] },
    ...[
      "secrets-db",
      "secrets-vault",
      "vault-auth-approle",
      "vault-auth-aws",
      "vault-auth-jwt",
      "vault-auth-k8s",
      "vault-auth-token",
    ].map((name) => ({
      folder: `packages/${name}`,
      declarations: ["dist/index.d.ts"],
    })),
  ])),
);
report("Docs", problems);

function pages(): string[] {
  const command = ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"];
  return execFileSync("git", command, { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((path) => /^(.*\/)?(README|CONTRIBUTING|SECURITY|UPGRADING)\.md$|^docs\/.*\.md$/.test(path))
    .filter((path) => existsSync(join(root, path)));
}
