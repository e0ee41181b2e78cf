import { join } from "node:path";
import { pathToFileURL } from "node:url";
import typescript from "typescript";
import type { PackedPackage } from "./packed-package.ts";
import type { Problem } from "./problem.ts";

/**
 * Checks that the declarations of every entry point export as values what its module exports, and nothing else. A bundler
 * of declarations can turn `export type { SomeClass }` into `export { SomeClass }`: an import of it compiles and fails at
 * run time.
 */
export async function checkValueExports({ folder, manifest }: PackedPackage): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [subpath, target] of Object.entries(manifest.exports ?? {})) {
    if (typeof target === "string" || target.types === undefined || target.default === undefined) continue;
    const declared = declaredValues(join(folder, target.types));
    const url = pathToFileURL(join(folder, target.default)).href;
    const exported = Object.keys((await import(url)) as object);
    const where = `${manifest.name}${subpath.slice(1)}`;
    for (const name of declared.filter((other) => !exported.includes(other))) {
      problems.push({
        where,
        what: `declares ${name} as a value, which its module does not export`,
        todo: "Export an interface instead of the class, or export the class as a value.",
      });
    }
    for (const name of exported.filter((other) => !declared.includes(other))) {
      problems.push({
        where,
        what: `exports ${name}, which its declarations do not declare as a value`,
        todo: "See what the build of the declarations made of it.",
      });
    }
  }
  return problems;
}

/** The names that an import can use as values, as a file of declarations has it. */
function declaredValues(file: string): string[] {
  const program = typescript.createProgram([file], {
    module: typescript.ModuleKind.NodeNext,
    moduleResolution: typescript.ModuleResolutionKind.NodeNext,
    target: typescript.ScriptTarget.ES2023,
    noEmit: true,
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const symbol = source && checker.getSymbolAtLocation(source);
  if (symbol === undefined) throw new Error(`${file} is not a module`);
  // The properties of a module's own type: those that `import * as module` has, without what is exported as a type.
  return checker.getPropertiesOfType(checker.getTypeOfSymbol(symbol)).map(({ name }) => name);
}
