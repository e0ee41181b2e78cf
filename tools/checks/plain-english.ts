import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import typescript from "typescript";
import { identifiers, type Phrase, phrases } from "./plain-phrases.ts";
import type { Problem } from "./problem.ts";
import { root } from "./workspace.ts";

/** What is checked: pages whole, source files and tests by their TSDoc and their texts, source files by their identifiers. */
const checked: readonly RegExp[] = [
  /^docs\/.*\.md$/,
  /^(?:.*\/)?README\.md$/,
  /^(?:CONTRIBUTING|SECURITY|UPGRADING)\.md$/,
  /^\.changeset\/.*\.md$/,
  /^examples\/[^/]+\/src\/.*\.ts$/,
  /^packages\/[^/]+\/src\/.*\.ts$/,
  /^(?:packages|examples)\/[^/]+\/test\/.*\.ts$/,
  /^benchmarks\/.*\.ts$/,
  /^tools\/test-(?:harness|servers)\/.*\.ts$/,
  /^tools\/new-plugin\/template\/.*\.ts$/,
];

/** Decisions are history: they keep the words of their time. Later ones are pages as all others. */
const firstCheckedDecision = 25;

interface Excerpt {
  readonly start: number;
  readonly text: string;
}

/** Every phrase that plain English has a better one for, in all that users and contributors read. */
export function checkPlainEnglish(): Problem[] {
  return trackedFiles()
    .filter((path) => checked.some((pattern) => pattern.test(path)) && !isOldDecision(path))
    .flatMap((path) => phraseProblems(path, readFileSync(join(root, path), "utf8")));
}

/** The phrases in one file, each with its line and its replacement. */
export function phraseProblems(path: string, text: string): Problem[] {
  const isSource = path.endsWith(".ts");
  const source = isSource ? readSource(path, text) : { excerpts: [pageText(text)], names: [] };
  return [
    ...source.excerpts.flatMap((excerpt) => phrasesIn(path, text, excerpt)),
    ...source.names.map(({ start, text: name }) =>
      problem(path, text, start, name, identifiers.get(name) ?? ""),
    ),
  ];
}

function phrasesIn(path: string, whole: string, excerpt: Excerpt): Problem[] {
  const found = new Map<number, { readonly match: string; readonly phrase: Phrase }>();
  for (const phrase of phrases) {
    for (const { index, 0: match } of excerpt.text.matchAll(phrase.pattern)) {
      if (!found.has(index)) found.set(index, { match, phrase });
    }
  }
  return [...found]
    .sort(([one], [other]) => one - other)
    .map(([index, { match, phrase }]) =>
      problem(path, whole, excerpt.start + index, match, phrase.replacement),
    );
}

function problem(path: string, text: string, index: number, match: string, replacement: string): Problem {
  return {
    where: `${path}:${text.slice(0, index).split("\n").length}`,
    what: `says "${match.replace(/[\s*>]+/g, " ").trim()}"`,
    todo: `Write plain English: ${replacement}.`,
  };
}

/** A page without the targets of its links, which are names of files and anchors. Its length stays. */
function pageText(text: string): Excerpt {
  return { start: 0, text: text.replace(/\]\([^)]*\)/g, (link) => " ".repeat(link.length)) };
}

function readSource(path: string, text: string): { readonly excerpts: Excerpt[]; readonly names: Excerpt[] } {
  const file = typescript.createSourceFile(path, text, typescript.ScriptTarget.Latest);
  const excerpts = new Map<number, Excerpt>();
  const names: Excerpt[] = [];
  const add = (start: number, end: number) => excerpts.set(start, { start, text: text.slice(start, end) });
  const visit = (node: typescript.Node): void => {
    for (const { pos, end } of typescript.getLeadingCommentRanges(text, node.pos) ?? []) {
      if (text.startsWith("/**", pos)) add(pos, end);
    }
    if (typescript.isStringLiteralLike(node) || typescript.isTemplateExpression(node)) {
      add(node.getStart(file), typescript.isTemplateExpression(node) ? node.head.end : node.end);
    }
    if (typescript.isTemplateSpan(node)) add(node.literal.getStart(file), node.literal.end);
    if (/^packages\/[^/]+\/src\//.test(path) && typescript.isIdentifier(node) && identifiers.has(node.text)) {
      names.push({ start: node.getStart(file), text: node.text });
    }
    if (typescript.isImportDeclaration(node) || typescript.isExportDeclaration(node)) return;
    typescript.forEachChild(node, visit);
  };
  visit(file);
  return { excerpts: [...excerpts.values()], names };
}

function trackedFiles(): string[] {
  const command = ["ls-files", "--cached", "--others", "--exclude-standard"];
  return execFileSync("git", command, { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((path) => path !== "" && existsSync(join(root, path)));
}

function isOldDecision(path: string): boolean {
  const number = /^docs\/decisions\/(?<number>\d+)-/.exec(path)?.groups?.number;
  return number !== undefined && Number(number) < firstCheckedDecision;
}
