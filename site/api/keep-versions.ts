import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { filesUnder } from "../../tools/checks/files-under.ts";
import { packageFolders, readManifest, root } from "../../tools/checks/workspace.ts";
import { current } from "./pages.ts";
import { writeCurrentPages } from "./write-current.ts";

/**
 * Keeps the pages of each version that has none yet, in `site/api/<package>/<version>/`, to be committed with the release.
 * Run it after the versions are written and the packages are built.
 */
await writeCurrentPages();
const versions = new Map(
  packageFolders().map((folder) => [folder, String(readManifest(join(root, "packages", folder)).version)]),
);
for (const [folder, version] of versions) {
  const kept = join(import.meta.dirname, folder, version);
  if (version === "0.0.0" || existsSync(kept)) continue;
  for (const page of filesUnder(join(import.meta.dirname, folder, current))) {
    const text = readFileSync(join(import.meta.dirname, folder, current, page), "utf8");
    mkdirSync(dirname(join(kept, page)), { recursive: true });
    writeFileSync(join(kept, page), keptPage(page, version, text));
  }
  console.log(`site/api/${folder}/${version}: written`);
}

/** A page that says which version it describes, and that the search of the site leaves out. */
function keptPage(page: string, version: string, text: string): string {
  const note = `Version ${version}. [The current version](../${current}/${page}) may differ.`;
  return `---\nsearch: false\n---\n\n${withVersions(text).replace(/^(# .+\n)/, `$1\n${note}\n`)}`;
}

/** Types of other packages are those of the versions that are released together, or were before. */
function withVersions(text: string): string {
  return text.replace(/\.\.\/\.\.\/([^/)]+)\/current\//g, (link, folder: string) => {
    const version = versions.get(folder);
    return version === undefined || version === "0.0.0" ? link : `../../${folder}/${version}/`;
  });
}
