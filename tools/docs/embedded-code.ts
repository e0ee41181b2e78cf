import { existsSync, readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { root } from "../checks/workspace.ts";

/** By the extension, or by the name of a file without one. Others: the extension itself. */
const languages: Readonly<Record<string, string>> = { ".sh": "sh", ".yml": "yaml", Dockerfile: "dockerfile" };
const regionMarker = /^\s*\/\/ #(region\b|endregion\b)/;

/** The fenced code of a file, or of one region of it: `path/to/file.ts` or `path/to/file.ts#region`. */
export function embeddedCode(entry: string): string {
  const [path = "", region] = entry.split("#");
  if (!existsSync(join(root, path))) throw new Error(`there is no file ${path} to embed code of`);
  const lines = readFileSync(join(root, path), "utf8").trimEnd().split("\n");
  const chosen = region === undefined ? lines : regionOf(lines, region, path);
  const code = withoutCommonIndent(chosen.filter((line) => !regionMarker.test(line)));
  const extension = extname(path);
  const language = languages[extension === "" ? basename(path) : extension] ?? extension.slice(1);
  return `\`\`\`${language}\n${code}\n\`\`\``;
}

/** The lines between `// #region name` and its `// #endregion`. */
export function regionOf(lines: readonly string[], region: string, path: string): readonly string[] {
  const start = lines.findIndex((line) => line.trim() === `// #region ${region}`);
  if (start === -1) throw new Error(`${path} has no line "// #region ${region}"`);
  let depth = 0;
  for (let index = start; index < lines.length; index++) {
    const [, marker] = regionMarker.exec(lines[index] as string) ?? [];
    if (marker === "region") depth++;
    if (marker === "endregion") depth--;
    if (depth === 0) return lines.slice(start + 1, index);
  }
  throw new Error(`the region "${region}" of ${path} has no "// #endregion"`);
}

function withoutCommonIndent(lines: readonly string[]): string {
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
  const indent = Math.min(...indents);
  return lines
    .map((line) => line.slice(indent))
    .join("\n")
    .trim();
}
