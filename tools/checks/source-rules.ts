import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import typescript from "typescript";
import { filesUnder } from "./files-under.ts";
import type { Problem } from "./problem.ts";
import { packageFolders, root } from "./workspace.ts";

const longestFile = 400;
const nameless = new Set(["utils", "helpers", "common", "types", "misc", "shared"]);

/** The rules of source files: how long they are, what they are called, what an index does. */
export function checkSources(): Problem[] {
  const sources = packageFolders().map((folder) => `packages/${folder}/src`);
  const examples = globSync("examples/*/src", { cwd: root });
  return [
    ...[...sources, ...examples, "benchmarks", "tools"].flatMap(tooLongFiles),
    ...sources.flatMap(namelessFiles),
    ...sources.flatMap((folder) => indexStatements(`${folder}/index.ts`)),
  ];
}

function tooLongFiles(folder: string): Problem[] {
  return sourceFiles(folder).flatMap((where) => {
    const lines = readFileSync(join(root, where), "utf8").trimEnd().split("\n");
    const excused = lines.slice(0, 5).some((line) => line.includes("Long because: "));
    if (lines.length <= longestFile || excused) return [];
    return {
      where,
      what: `has ${lines.length} lines, more than ${longestFile}`,
      todo: "Move a concept into a file of its own, or say why not in a first comment: `// Long because: …`.",
    };
  });
}

function namelessFiles(folder: string): Problem[] {
  return sourceFiles(folder).flatMap((where) => {
    const part = where
      .slice(folder.length + 1)
      .split("/")
      .map((name) => name.replace(/\..*$/, ""))
      .find((name) => nameless.has(name));
    if (part === undefined) return [];
    return {
      where,
      what: `is named "${part}", which says nothing about what is in it`,
      todo: "Name the file or folder after the concept that it holds.",
    };
  });
}

function indexStatements(where: string): Problem[] {
  let text: string;
  try {
    text = readFileSync(join(root, where), "utf8");
  } catch {
    return []; // That it is missing is said by the check of the files.
  }
  const file = typescript.createSourceFile(where, text, typescript.ScriptTarget.Latest);
  return file.statements
    .filter((statement) => !isNamedReExport(statement))
    .map((statement) => ({
      where: `${where}:${file.getLineAndCharacterOfPosition(statement.getStart(file)).line + 1}`,
      what: "does something else than to re-export by name",
      todo: 'Write `export { name } from "./file.ts"`, so that the public surface shows in a diff.',
    }));
}

function isNamedReExport(statement: typescript.Statement): boolean {
  return (
    typescript.isExportDeclaration(statement) &&
    statement.moduleSpecifier !== undefined &&
    statement.exportClause !== undefined &&
    typescript.isNamedExports(statement.exportClause)
  );
}

function sourceFiles(folder: string): string[] {
  return filesUnder(join(root, folder), ["node_modules", ".turbo"])
    .filter((path) => /\.[cm]?[jt]s$/.test(path))
    .map((path) => `${folder}/${path}`);
}
