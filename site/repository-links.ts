import { existsSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { MarkdownRenderer } from "vitepress";
import { root } from "../tools/checks/workspace.ts";

/** Where files that are not pages of the site are read. */
export const repository = "https://github.com/archestra-ai/secrets";

/** How the README of a package links to a file, since npm shows it too. */
const FILES = `${repository}/blob/main/`;

/** What VitePress passes while it renders a page. */
interface PageEnvironment {
  readonly path: string;
  readonly realPath?: string;
}

/**
 * Lets the links of Markdown files to files of the repository, which work on GitHub, work on the site too: a link to a page leads to its place
 * on the site, and a link to any other file leads to the repository.
 *
 * @param rewrites the file of each page on the site, by its file in the repository
 */
export function repositoryLinks(
  markdown: MarkdownRenderer,
  rewrites: Readonly<Record<string, string>>,
): void {
  markdown.core.ruler.push("repository-links", (state) => {
    const { realPath, path } = state.env as PageEnvironment;
    const page = relative(root, realPath ?? path);
    for (const token of state.tokens.flatMap((block) => block.children ?? [])) {
      if (token.type !== "link_open") continue;
      const link = token.attrGet("href") ?? "";
      const inRepository = link.startsWith(FILES) ? `/${link.slice(FILES.length)}` : undefined;
      if (inRepository === undefined && /^([a-z]+:|\/|#)/i.test(link)) continue;
      token.attrSet("href", targetOf(page, inRepository ?? link, rewrites));
    }
  });
}

function targetOf(page: string, link: string, rewrites: Readonly<Record<string, string>>): string {
  const [path = "", anchor] = link.split("#");
  const file = join(path.startsWith("/") ? "." : dirname(page), decodeURI(path)).replace(/\/$/, "");
  const hash = anchor === undefined ? "" : `#${anchor}`;
  const rewritten = rewrites[file] ?? rewrites[join(file, "README.md")] ?? apiPage(file);
  if (rewritten !== undefined) return `/${rewritten}${hash}`;
  if (!existsSync(join(root, file))) throw new Error(`${page} links to ${link}, which does not exist`);
  const kind = statSync(join(root, file)).isDirectory() ? "tree" : "blob";
  return `${repository}/${kind}/main/${file}${hash}`;
}

/** Pages of the API link to each other by their place in `site/`. */
function apiPage(file: string): string | undefined {
  return /^site\/api\/.+\.md$/.test(file) ? file.slice("site/".length) : undefined;
}
