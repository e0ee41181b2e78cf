import { expect, test } from "vitest";
import { toolImportProblems } from "../tool-imports.ts";

test("a relative import of a shared tool is reported with its line and the name of its package", () => {
  const text = 'import { a } from "./a.ts";\nimport { b } from "../../../tools/test-servers/b.ts";\n';
  expect(toolImportProblems("packages/a/test/a.test.ts", text)).toMatchObject([
    { where: "packages/a/test/a.test.ts:2", todo: expect.stringContaining("@archestra/test-servers") },
  ]);
});

test("an import by the name of a package is accepted, and so is a script of package.json", () => {
  const text =
    'import { b } from "@archestra/test-servers/b";\n"check-package": "node ../../tools/checks/a.ts"\n';
  expect(toolImportProblems("packages/a/test/a.test.ts", text)).toEqual([]);
});
