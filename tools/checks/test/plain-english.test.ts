import { describe, expect, test } from "vitest";
import { phraseProblems } from "../plain-english.ts";

const linesOf = (path: string, text: string) =>
  phraseProblems(path, text).map(({ where, what }) => `${where} ${what}`);

describe("the check of plain English", () => {
  test("reports a phrase of a page with its line and its replacement", () => {
    expect(phraseProblems("docs/page.md", "# Page\n\nNobody knows where the secrets lie in it.\n")).toEqual([
      {
        where: "docs/page.md:3",
        what: 'says "Nobody knows"',
        todo: "Write plain English: the result is unknown.",
      },
      {
        where: "docs/page.md:3",
        what: 'says "lie in"',
        todo: "Write plain English: is stored in, is at, is stored in plaintext.",
      },
    ]);
  });

  test("finds a phrase that is split between two lines of a page or a comment", () => {
    expect(linesOf("README.md", "The move is under\nway.\n")).toEqual(['README.md:1 says "under way"']);
    const source = "/**\n * Ends the move that is under\n * way.\n */\nexport const end = 1;\n";
    expect(linesOf("packages/a/src/end.ts", source)).toEqual(['packages/a/src/end.ts:2 says "under way"']);
  });

  test("reads the texts, documentation and identifiers of a source file, and neither its code nor its other comments", () => {
    const source = [
      'import { read } from "./a-look.ts";',
      "// Nobody reads this.",
      "/** Tells the version. */",
      "export function version(lingers: boolean): string {",
      `  return \`It is told at \${read(lingers)} anew\`;`,
      "}",
    ].join("\n");
    expect(linesOf("packages/a/src/version.ts", source)).toEqual([
      'packages/a/src/version.ts:3 says "Tells"',
      'packages/a/src/version.ts:5 says "told"',
      'packages/a/src/version.ts:5 says "anew"',
      'packages/a/src/version.ts:4 says "lingers"',
      'packages/a/src/version.ts:5 says "lingers"',
    ]);
  });

  test("accepts the targets of links, and words that only resemble a phrase", () => {
    const page =
      "[Move](old.md#what-lies-where). It looks like a belief, retold. There is no answer. The settings are newer.\n";
    expect(linesOf("docs/page.md", page)).toEqual([]);
  });
});
