import { join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import type { Problem } from "../checks/problem.ts";
import { root } from "../checks/workspace.ts";
import type { Plugin } from "./plugins-of.ts";

/** The declarations of a package, and the folder that its problems are reported for. */
export interface DeclaredPackage {
  /** Relative to the workspace, such as `packages/secrets-db`. */
  readonly folder: string;
  /** The entry points that export factories of plugins, such as `dist/index.d.ts`. */
  readonly declarations: readonly string[];
}

/**
 * Compares what an editor shows for each option of each plugin with what the plugin declares: the documentation begins with
 * the setting's description and names its variable.
 */
export async function optionDocumentationProblems(packages: readonly DeclaredPackage[]): Promise<Problem[]> {
  const files = packages.flatMap(({ folder, declarations }) =>
    declarations.map((file) => ({ folder, file: join(root, folder, file) })),
  );
  const program = ts.createProgram(
    files.map(({ file }) => file),
    { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2023, strict: true, skipLibCheck: true },
  );
  const problems: Problem[] = [];
  for (const { folder, file } of files) {
    const module = (await import(pathToFileURL(file.replace(/\.d\.ts$/, ".js")).href)) as Record<
      string,
      unknown
    >;
    for (const factory of factoriesOf(program, file)) {
      const plugin = (module[factory.name] as () => Plugin)();
      problems.push(...problemsOf(program.getTypeChecker(), factory, plugin, folder));
    }
  }
  return problems;
}

function factoriesOf(program: ts.Program, file: string): ts.Symbol[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${file} is not a module`);
  return checker
    .getExportsOfModule(module)
    .filter(({ name }) => /[a-z](Plugin|Auth)$/.test(name) && /^[a-z]/.test(name));
}

function problemsOf(checker: ts.TypeChecker, factory: ts.Symbol, plugin: Plugin, where: string): Problem[] {
  const options = optionsOf(checker, factory);
  return Object.entries(plugin.settings).flatMap(([key, setting]) => {
    const shown = documentationOf(checker, options, key);
    const description = setting.description ?? "";
    const variable =
      setting.type === "variable" ? setting.name : setting.type === "slot" ? setting.variable : "";
    if (description !== "" && shown.startsWith(plain(description)) && shown.includes(variable)) return [];
    return [
      {
        where,
        what: `the option \`${key}\` of ${factory.name} shows ${JSON.stringify(shown)}`,
        todo: `Begin the comment of the setting with its description, and name its variable: ${JSON.stringify(`${description} Variable: ${variable}`)}.`,
      },
    ];
  });
}

/** The type of the first parameter, as an editor completes it. */
function optionsOf(checker: ts.TypeChecker, factory: ts.Symbol): ts.Type {
  const symbol = factory.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(factory) : factory;
  const [parameter] = checker.getTypeOfSymbol(symbol).getCallSignatures()[0]?.getParameters() ?? [];
  if (parameter === undefined) throw new Error(`${factory.name} takes no options`);
  return checker.getNonNullableType(checker.getTypeOfSymbol(parameter));
}

function documentationOf(checker: ts.TypeChecker, options: ts.Type, key: string): string {
  const property = checker.getPropertyOfType(options, key);
  return plain(ts.displayPartsToString(property?.getDocumentationComment(checker) ?? []));
}

function plain(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
