import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { DefaultTheme } from "vitepress";
import { entryPointsOf } from "../../tools/api/entry-point.ts";
import { filesUnder } from "../../tools/checks/files-under.ts";
import { packageFolders, readManifest, root } from "../../tools/checks/workspace.ts";

/** The folder of the pages that are written from the packages as they are, beside one folder for each released version. */
export const current = "current";

/** The pages of the API, relative to `site/`. */
export function apiPages(): string[] {
  return filesUnder(import.meta.dirname)
    .filter((file) => file.endsWith(".md"))
    .map((file) => `api/${file}`);
}

/** The path of an entry point's page below `site/api/`, without its extension: `secrets-core/current/plugin`. */
export function pageOf(specifier: string, version: string = current): string {
  const [, folder = "", subpath = "index"] = specifier.split("/");
  return `${folder}/${version}/${subpath}`;
}

/** The versions of a package that have pages: the current one, and the released ones, the newest first. */
export function versionsOf(folder: string): string[] {
  const path = join(import.meta.dirname, folder);
  const released = existsSync(path) ? readdirSync(path).filter((name) => /^\d/.test(name)) : [];
  return [current, ...released.sort((left, right) => compareVersions(right, left))];
}

/** The group of the sidebar with the entry points of each package. */
export function apiSidebar(): DefaultTheme.SidebarItem {
  return {
    text: "API",
    collapsed: true,
    items: [
      { text: "All packages and versions", link: "/api/" },
      ...packageFolders().map((folder) => ({
        text: folder,
        collapsed: true,
        items: entryPointsOf(folder).map(({ specifier }) => ({ text: specifier, link: linkTo(specifier) })),
      })),
    ],
  };
}

/** The page that lists each version of each package. */
export function apiIndex(): string {
  const rows = packageFolders().flatMap((folder) => {
    const { name, version } = readManifest(join(root, "packages", folder));
    return versionsOf(folder).map((shown) => {
      const text = shown === current && version !== "0.0.0" ? `${version}, current` : shown;
      const pages = filesUnder(join(import.meta.dirname, folder, shown))
        .map((file) => file.replace(/\.md$/, ""))
        .sort((left, right) => Number(right === "index") - Number(left === "index"))
        .map((page) => `[\`${page === "index" ? name : `${name}/${page}`}\`](${folder}/${shown}/${page}.md)`);
      return `| ${text} | ${pages.join(" · ")} |`;
    });
  });
  return [
    "# API",
    "",
    "Everything that the packages export, from their TSDoc.",
    "",
    "| Version | Entry points |",
    "|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function linkTo(specifier: string): string {
  return `/api/${pageOf(specifier).replace(/\/index$/, "/")}`;
}

function compareVersions(left: string, right: string): number {
  return left.localeCompare(right, "en", { numeric: true });
}
