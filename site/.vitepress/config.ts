import { defineConfig } from "vitepress";
import { filesUnder } from "../../tools/checks/files-under.ts";
import { root } from "../../tools/checks/workspace.ts";
import { headingAnchor } from "../../tools/docs/links.ts";
import { apiPages, apiSidebar } from "../api/pages.ts";
import { builtSite } from "../built-site.ts";
import { sidebar } from "../navigation.ts";
import { pages } from "../pages.ts";
import { repository, repositoryLinks } from "../repository-links.ts";

const all = pages();
const rewrites = Object.fromEntries([
  ...all.map(({ file, rewritten }) => [file, rewritten]),
  ...apiPages().map((file) => [`site/${file}`, file]),
]);

/** Every Markdown file that is not a page, since VitePress takes all below `srcDir`. */
function excluded(): string[] {
  const isPage = new Set(Object.keys(rewrites));
  return filesUnder(root, ["node_modules", "dist", ".git", ".turbo"]).filter(
    (file) => file.endsWith(".md") && !isPage.has(file),
  );
}

export default defineConfig({
  title: "Archestra secrets",
  description: "Store API keys, OAuth tokens and other credentials encrypted, in a database or in Vault.",
  lang: "en",
  // The pages are the Markdown files of the repository, where they are.
  srcDir: "..",
  outDir: builtSite,
  cacheDir: "./node_modules/.cache/vitepress",
  srcExclude: excluded(),
  rewrites,
  metaChunk: true,
  // The index of the search, which is loaded when somebody searches.
  vite: { build: { chunkSizeWarningLimit: 4_000 } },
  markdown: {
    anchor: { slugify: headingAnchor },
    config(markdown) {
      repositoryLinks(markdown, rewrites);
      const fence = markdown.renderer.rules.fence;
      markdown.renderer.rules.fence = (tokens, index, ...rest) => {
        const token = tokens[index];
        if (token?.info.trim() !== "mermaid") return fence?.(tokens, index, ...rest) ?? "";
        return `<MermaidDiagram source="${encodeURIComponent(token.content)}" />`;
      };
    },
  },
  themeConfig: {
    outline: [2, 3],
    search: { provider: "local" },
    nav: [
      { text: "Get started", link: "/guide/getting-started" },
      { text: "Operate", link: "/guide/operations" },
      { text: "Write a plugin", link: "/write-a-plugin" },
      { text: "API", link: "/api/" },
    ],
    sidebar: [...sidebar(all), apiSidebar()],
    socialLinks: [{ icon: "github", link: repository }],
    editLink: { pattern: `${repository}/edit/main/:path` },
  },
});
