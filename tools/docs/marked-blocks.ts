/** What writes the content of a block, given what stands behind its name in the opening comment, if anything. */
export type BlockWriter = (argument: string) => string | Promise<string>;

/**
 * Replaces what stands between `<!-- name: argument -->`, or `<!-- name -->`, and `<!-- /name -->`, each on a line of its
 * own, by what the writer of that name returns.
 */
export async function fillBlocks(
  text: string,
  writers: Readonly<Record<string, BlockWriter>>,
): Promise<string> {
  const lines = text.split("\n");
  const filled: string[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] as string;
    filled.push(line);
    const [, name = "", argument = ""] = /^<!-- (\w+)(?:: (.+))? -->$/.exec(line) ?? [];
    const write = writers[name];
    if (write === undefined) continue;

    const end = lines.indexOf(`<!-- /${name} -->`, index);
    if (end === -1)
      throw new Error(`the block "${line}" does not end: there is no line "<!-- /${name} -->" after it`);
    filled.push("", await write(argument), "", lines[end] as string);
    index = end;
  }
  return filled.join("\n");
}
