import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Problem } from "../checks/problem.ts";
import { root } from "../checks/workspace.ts";

/** What a link to a file of this repository begins with where it is read outside of it, as on npm. */
export const repositoryLink = /^https:\/\/github\.com\/archestra-ai\/secrets\/(?:blob|tree)\/main\//;

/** The links of a page, within the repository, that lead to no file or no heading. */
export function linkProblems(page: string, text: string): Problem[] {
  return linksOf(text).flatMap((link) => {
    const [path = "", anchor] = decodeURI(link).split("#");
    const target = targetOf(page, path);
    if (!existsSync(target)) {
      return { where: page, what: `links to ${link}, which does not exist`, todo: "Correct the link." };
    }
    if (anchor === undefined || statSync(target).isDirectory() || !target.endsWith(".md")) return [];
    const headings = headingAnchors(path === "" ? text : readFileSync(target, "utf8"));
    if (headings.includes(anchor)) return [];
    return {
      where: page,
      what: `links to ${link}, and ${relative(root, target)} has no such heading`,
      todo: `Its headings: ${headings.map((heading) => `#${heading}`).join(" ")}`,
    };
  });
}

function targetOf(page: string, path: string): string {
  if (path === "") return join(root, page);
  const absolute = path.replace(repositoryLink, "");
  return absolute === path ? join(root, dirname(page), path) : join(root, absolute);
}

/** The links of a page, except those to other sites. */
export function linksOf(text: string): string[] {
  const prose = withoutCode(text);
  const inline = [...prose.matchAll(/\]\(<?([^)>\s]+)>?(?:\s+"[^"]*")?\)/g)];
  const definitions = [...prose.matchAll(/^\[[^\]]+\]:\s+<?([^>\s]+)/gm)];
  return [...inline, ...definitions]
    .map((match) => match[1] as string)
    .filter((link) => repositoryLink.test(link) || !/^[a-z]+:|^\//i.test(link));
}

/** The anchors that GitHub gives the headings of a page. */
export function headingAnchors(text: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutFences(text).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map(([, heading = ""]) => {
    const anchor = headingAnchor(heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1"));
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}

/** The anchor that GitHub gives the first heading with this text. */
export function headingAnchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");
}

function withoutCode(text: string): string {
  return withoutFences(text).replace(/`[^`\n]*`/g, "");
}

function withoutFences(text: string): string {
  return text.replace(/^ *(`{3,}|~{3,})[^\n]*\n[\s\S]*?^ *\1[^\n]*$/gm, "");
}
