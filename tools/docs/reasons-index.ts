import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import typescript from "typescript";
import { root } from "../checks/workspace.ts";
import { headingAnchors } from "./links.ts";

const page = "docs/errors.md";
const union = "packages/secrets-core/src/errors/reasons.ts";

/** The pages that describe reasons. The first one with a reason is the place to which the index leads. */
const pages = [
  page,
  "docs/guide/moving-to-another-database.md",
  "docs/plugins/vault.md",
  ...readmesOfMethods(),
];

/**
 * The index of all reasons, each with the place that describes it.
 *
 * @throws Error when a reason is described nowhere, or a described one does not exist
 */
export function reasonsIndex(): string {
  const reasons = reasonsOfUnion();
  const places = new Map<string, string>();
  for (const path of pages) {
    for (const { reason, anchor } of describedReasons(readFileSync(join(root, path), "utf8"))) {
      if (!reasons.has(reason)) {
        throw new Error(`${path} describes the reason ${reason}, which ${union} does not have`);
      }
      if (!places.has(reason)) places.set(reason, linkTo(path, anchor));
    }
  }
  const lost = [...reasons].filter((reason) => !places.has(reason));
  if (lost.length > 0)
    throw new Error(`no page describes ${lost.join(", ")} in the column "reason" of a table`);
  return [...places]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([reason, link]) => `[\`${reason}\`](${link})`)
    .join(" · ");
}

/** The texts of the union of reasons. */
function reasonsOfUnion(): ReadonlySet<string> {
  const text = readFileSync(join(root, union), "utf8");
  const reasons = new Set<string>();
  const visit = (node: typescript.Node): void => {
    if (typescript.isLiteralTypeNode(node) && typescript.isStringLiteral(node.literal)) {
      reasons.add(node.literal.text);
    }
    typescript.forEachChild(node, visit);
  };
  visit(typescript.createSourceFile(union, text, typescript.ScriptTarget.Latest));
  return reasons;
}

/** The reasons in the tables of a page that have a column "reason", each with the anchor of its heading. */
function describedReasons(text: string): { readonly reason: string; readonly anchor: string }[] {
  const anchors = headingAnchors(text);
  const found: { reason: string; anchor: string }[] = [];
  let heading = -1;
  let column: number | undefined;
  let isFenced = false;
  for (const line of text.split("\n")) {
    if (line.startsWith("```")) isFenced = !isFenced;
    if (!isFenced && /^#{1,6}\s/.test(line)) heading++;
    if (isFenced || !line.startsWith("|")) {
      column = undefined;
      continue;
    }
    const cells = line.slice(1, -1).split("|");
    if (column === undefined) column = cells.findIndex((cell) => cell.trim() === "reason");
    else {
      for (const [, reason = ""] of cells[column]?.matchAll(/`([A-Z][A-Z_]+)`/g) ?? []) {
        found.push({ reason, anchor: anchors[heading] ?? "" });
      }
    }
  }
  return found;
}

function linkTo(path: string, anchor: string): string {
  return path === page ? `#${anchor}` : `${relative(dirname(page), path)}#${anchor}`;
}

function readmesOfMethods(): string[] {
  return execFileSync("git", ["ls-files", "packages/vault-auth-*/README.md"], { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((path) => path !== "");
}
