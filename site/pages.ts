import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../tools/checks/workspace.ts";

/** A Markdown file of the repository that is a page of the site. */
export interface Page {
  /** Its file, relative to the root of the repository. */
  readonly file: string;
  /** Its file on the site. */
  readonly rewritten: string;
  /** Its first heading, without markup; that of the first page is the name of the project. */
  readonly title: string;
}

/** What readers of the site look for. Change logs are empty before the first release, and API reports are for reviews. */
const published =
  /^(README|CONTRIBUTING|UPGRADING|SECURITY)\.md$|^docs\/.*\.md$|^(packages|examples)\/[^/]+\/README\.md$|^benchmarks\/README\.md$|^tools\/test-servers\/README\.md$/;

/** The pages of the site that are Markdown files of the repository, without those of the API. */
export function pages(): Page[] {
  const command = ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"];
  return execFileSync("git", command, { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((file) => published.test(file) && existsSync(join(root, file)))
    .map((file) => ({
      file,
      rewritten: rewrittenPath(file),
      title: file === "README.md" ? "Overview" : titleOf(file),
    }));
}

/** Folders of docs are folders of the site, and the README of a folder is its index. */
function rewrittenPath(file: string): string {
  return file
    .replace(/^docs\//, "")
    .replace(/README\.md$/, "index.md")
    .replace(/^[A-Z]+\.md$/, (name) => name.toLowerCase());
}

function titleOf(file: string): string {
  const [, title] = /^# (.+)$/m.exec(readFileSync(join(root, file), "utf8")) ?? [];
  if (title === undefined) throw new Error(`${file} has no heading of the first level`);
  return title.replace(/`/g, "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
}
