/** A fenced block of code on a page. */
export interface CodeBlock {
  /** The language after the fence. Empty: none. */
  readonly language: string;
  readonly code: string;
  /** The line of the fence, from 1. */
  readonly line: number;
  /** Whether a comment in front of it says where it comes from, so that it is filled by the tools. */
  readonly generated: boolean;
}

/** The fenced blocks of a page, in their order. */
export function codeBlocks(text: string): CodeBlock[] {
  const lines = text.split("\n");
  const blocks: CodeBlock[] = [];
  let generated = false;
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] as string;
    if (/^<!-- \w+(: .+)? -->$/.test(line)) generated = true;
    if (/^<!-- \/\w+ -->$/.test(line)) generated = false;
    const [, indent, fence = "", language = ""] = /^( *)(`{3,}|~{3,})(\w*)/.exec(line) ?? [];
    if (indent === undefined) continue;
    const end = lines.findIndex((candidate, at) => at > index && candidate.trim() === fence);
    const code = lines.slice(index + 1, end === -1 ? undefined : end).join("\n");
    blocks.push({ language, code, line: index + 1, generated });
    if (end === -1) break;
    index = end;
  }
  return blocks;
}
