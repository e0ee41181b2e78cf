import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readDeclarations } from "../../tools/api/type-doc.ts";
import { apiIndex, current, pageOf } from "./pages.ts";

/** Writes a page of each entry point of the built packages to `site/api/<package>/current/`, and the page that lists them. */
export async function writeCurrentPages(): Promise<void> {
  for (const folder of readdirSync(import.meta.dirname, { withFileTypes: true })) {
    if (folder.isDirectory())
      rmSync(join(import.meta.dirname, folder.name, current), { recursive: true, force: true });
  }
  const { application, project } = await readDeclarations({
    plugin: [fileURLToPath(import.meta.resolve("typedoc-plugin-markdown"))],
    out: import.meta.dirname,
    router: "module",
    cleanOutputDir: false,
    // The page of the project, which the list of packages and versions replaces below.
    entryFileName: "index.md",
    hideBreadcrumbs: true,
    hidePageHeader: true,
    useCodeBlocks: true,
    // The anchors of links are not those of the headings where a member and an export have the same name in lower case.
    useHTMLAnchors: true,
    parametersFormat: "table",
    pageTitleTemplates: { module: ({ name }: { name: string }) => specifiers.get(name) ?? name },
  });
  const specifiers = new Map<string, string>();
  for (const module of project.children ?? []) {
    const { name } = module;
    module.name = pageOf(name);
    specifiers.set(module.name, `\`${name}\``);
  }
  await application.generateOutputs(project);
  writeFileSync(join(import.meta.dirname, "index.md"), apiIndex());
}
