import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Page } from "playwright-core";
import { filesUnder } from "../../tools/checks/files-under.ts";
import { type Problem, report } from "../../tools/checks/problem.ts";
import { builtSite } from "../built-site.ts";
import { startChromium } from "./chromium.ts";
import { fileOf, serveSite } from "./site-server.ts";
import { Tab, type VisitedPage } from "./tab.ts";

/** Opens every page of the built site in a browser, and fails when one reports an error, overflows or has a dead link. */
const paths = filesUnder(builtSite)
  .filter((file) => file.endsWith(".html"))
  .map((file) => `/${file}`);
if (paths.length === 0) throw new Error("There is no site. Run `npx --yes pnpm@12 site`.");

const PATIENCE_MILLISECONDS = 180_000;
const started = Date.now();
const visited = await visitAll(paths);
const seconds = Math.round((Date.now() - started) / 1_000);
console.log(`${visited.length} pages at two widths in light and dark: ${seconds} s`);

const byPath = new Map(visited.map((page) => [page.path, page]));
report(
  "Documentation site",
  visited.flatMap((page) => [
    ...page.problems.map((what): Problem => ({ where: page.path, what, todo: "Correct the page." })),
    ...page.links.flatMap((link) => linkProblem(page, link) ?? []),
  ]),
);

async function visitAll(all: readonly string[]): Promise<VisitedPage[]> {
  await using server = await serveSite();
  const browser = await startChromium();
  try {
    const context = await browser.newContext();
    // Of a machine that is busy with other work.
    context.setDefaultTimeout(PATIENCE_MILLISECONDS);
    const waiting = [...all];
    const results: VisitedPage[] = [];
    await assertSearch(await context.newPage(), server.origin);
    await Promise.all(
      Array.from({ length: Math.max(2, availableParallelism()) }, async () => {
        const tab = await Tab.open(context, server.origin);
        for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
          results.push(await tab.visit(path));
        }
      }),
    );
    return results;
  } finally {
    await browser.close();
  }
}

/** Searches for a word as a reader does. */
async function assertSearch(page: Page, origin: string): Promise<void> {
  await page.goto(origin, { waitUntil: "load" });
  await page.getByRole("button", { name: "Search" }).first().click();
  await page.getByRole("searchbox").fill("openRotation");
  await page.locator(".VPLocalSearchBox .result").first().waitFor();
  await page.close();
}

function linkProblem({ path: from }: VisitedPage, link: string): Problem | undefined {
  const [path = "", anchor] = link.split("#");
  const page = byPath.get(path.endsWith("/") ? `${path}index.html` : path);
  const todo = "Correct the link.";
  if (page === undefined) {
    if (existsSync(fileOf(path))) return undefined;
    return { where: from, what: `links to ${link}, which does not exist`, todo };
  }
  if (!anchor || page.anchors.has(anchor)) return undefined;
  return { where: from, what: `links to ${link}, and that page has no such heading`, todo };
}
