import { join, relative } from "node:path";
import { Application, type ProjectReflection, type TypeDocOptions } from "typedoc";
import { packageFolders, readManifest, root } from "../checks/workspace.ts";
import { type EntryPoint, entryPointsOf } from "./entry-point.ts";

/** The built declarations of all packages, as TypeDoc reads them. */
export interface ReadDeclarations {
  readonly application: Application;
  /** Its modules are named after the specifiers of the entry points. */
  readonly project: ProjectReflection;
}

/** The options that plugins of TypeDoc declare. */
type PluginOptions = Readonly<Record<string, unknown>>;

/** The entry points of all packages that applications or plugins import. */
export function allEntryPoints(): EntryPoint[] {
  return packageFolders().flatMap(entryPointsOf);
}

/** Reads the declarations of the built packages together, so that a type of one is linked from the others. */
export async function readDeclarations(
  options: Partial<TypeDocOptions> & PluginOptions = {},
): Promise<ReadDeclarations> {
  const entryPoints = allEntryPoints();
  const application = await Application.bootstrapWithPlugins({
    // The declarations, and not the sources: what a package's user sees.
    entryPoints: entryPoints.map(({ declarations }) => declarations),
    tsconfig: join(root, "tools/api/tsconfig.json"),
    basePath: root,
    readme: "none",
    skipErrorChecking: true,
    disableSources: true,
    excludeExternals: true,
    excludeInternal: true,
    excludePrivate: true,
    packagesRequiringDocumentation: packageFolders().map(
      (folder) => readManifest(join(root, "packages", folder)).name,
    ),
    logLevel: "Error",
    ...options,
  });
  const project = await application.convert();
  if (project === undefined)
    throw new Error("TypeDoc cannot read the declarations. Run `npx --yes pnpm@12 build`.");
  for (const module of project.children ?? []) {
    const entryPoint = entryPoints.find(({ declarations }) => moduleName(declarations) === module.name);
    if (entryPoint === undefined) throw new Error(`TypeDoc read ${module.name}, which is no entry point`);
    module.name = entryPoint.specifier;
  }
  return { application, project };
}

/** What TypeDoc calls the module of a file below `basePath`. */
function moduleName(declarations: string): string {
  return relative(root, declarations).replace(/(\/index)?\.d\.ts$/, "");
}
