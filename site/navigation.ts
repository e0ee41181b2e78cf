import type { DefaultTheme } from "vitepress";
import type { Page } from "./pages.ts";

type Item = DefaultTheme.SidebarItem;

/** A group of pages for one intention of a reader, in the order in which readers need them. */
interface Group {
  readonly text: string;
  /** Files, or patterns for files with one `*` in the name. A file in several groups is listed in each. */
  readonly pages: readonly string[];
  readonly collapsed: boolean;
  readonly groups?: readonly Group[];
}

const groups: readonly Group[] = [
  {
    text: "Get started",
    collapsed: false,
    pages: [
      "README.md",
      "docs/guide/getting-started.md",
      "docs/guide/selection-and-strict-mode.md",
      "docs/guide/works-with.md",
    ],
  },
  {
    text: "Use secrets",
    collapsed: false,
    pages: [
      "docs/guide/using-secrets.md",
      "docs/guide/oauth-tokens.md",
      "docs/guide/importing-secrets.md",
      "docs/errors.md",
    ],
  },
  {
    text: "Store secrets",
    collapsed: false,
    pages: ["docs/plugins/README.md", "docs/plugins/*.md"],
  },
  {
    text: "Operate",
    collapsed: false,
    pages: [
      "docs/guide/operations.md",
      "docs/guide/switching-managers.md",
      "docs/guide/moving-to-another-database.md",
      "docs/guide/vault-for-operators.md",
      "docs/security.md",
      "UPGRADING.md",
      "docs/guide/*.md",
    ],
    groups: [{ text: "Commands", collapsed: true, pages: ["docs/cli/README.md", "docs/cli/*.md"] }],
  },
  {
    text: "Write a plugin",
    collapsed: true,
    pages: ["docs/write-a-plugin.md", "packages/secrets-testkit/README.md"],
  },
  { text: "Packages", collapsed: true, pages: ["packages/*/README.md"] },
  { text: "Examples", collapsed: true, pages: ["examples/*/README.md"] },
  {
    text: "How it works",
    collapsed: true,
    pages: ["docs/architecture.md", "docs/*.md", "benchmarks/README.md"],
    groups: [{ text: "Decisions", collapsed: true, pages: ["docs/decisions/*.md"] }],
  },
  {
    text: "Contribute",
    collapsed: true,
    pages: ["CONTRIBUTING.md", "SECURITY.md", "docs/testing-ownership.md", "tools/test-servers/README.md"],
  },
];

/** The groups of the sidebar. Fails when a page is in none of them, where no reader would find it. */
export function sidebar(pages: readonly Page[]): Item[] {
  const listed = new Set(groups.flatMap(namedPages));
  const shown = new Set<string>();
  const items = groups.map((group) => itemOf(group, pages, listed, shown));
  const missing = pages.filter(({ file }) => !shown.has(file)).map(({ file }) => file);
  if (missing.length > 0) {
    throw new Error(`site/navigation.ts has no group for ${missing.join(", ")}. Add each to one.`);
  }
  return items;
}

/** The files that groups name themselves, which a pattern does not list again. */
function namedPages(group: Group): string[] {
  return [...group.pages.filter((page) => !page.includes("*")), ...(group.groups ?? []).flatMap(namedPages)];
}

function itemOf(group: Group, pages: readonly Page[], listed: ReadonlySet<string>, shown: Set<string>): Item {
  const chosen = group.pages.flatMap((pattern) =>
    pages.filter(({ file }) =>
      pattern.includes("*") ? !listed.has(file) && matches(pattern, file) : pattern === file,
    ),
  );
  for (const { file } of chosen) shown.add(file);
  return {
    text: group.text,
    collapsed: group.collapsed,
    items: [
      ...chosen.map(({ title, rewritten }) => ({ text: title, link: linkTo(rewritten) })),
      ...(group.groups ?? []).map((inner) => itemOf(inner, pages, listed, shown)),
    ],
  };
}

function matches(pattern: string, file: string): boolean {
  const [before = "", after = ""] = pattern.split("*");
  return (
    file.startsWith(before) && file.endsWith(after) && !file.slice(before.length, -after.length).includes("/")
  );
}

/** The link to a file of the site. */
export function linkTo(rewritten: string): string {
  return `/${rewritten.replace(/(^|\/)index\.md$/, "$1").replace(/\.md$/, "")}`;
}
