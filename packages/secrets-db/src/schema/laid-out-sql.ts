/** The columns of a terminal, which people review SQL on. */
const WIDTH = 80;

/**
 * Lays out a statement for a reader: the columns of a table on lines of their own, and no line longer than a terminal is wide,
 * unless one word is. Only spaces outside of quotes become line breaks, so the statement stays the same.
 */
export function laidOutSql(statement: string): string {
  const start = statement.indexOf("(");
  const end = statement.lastIndexOf(")");
  if (!/^create table /i.test(statement) || start < 0 || end < start) {
    return wrapped(words(statement), "", "  ");
  }
  const parts = columnsOf(words(statement.slice(start + 1, end)));
  const lines = parts.map((part) => wrapped(part, "  ", "    "));
  return [statement.slice(0, start + 1), ...lines, statement.slice(end)].join("\n");
}

/** The words between spaces. A quoted name or text is part of one word. */
function words(sql: string): string[] {
  return sql.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
}

/** Ends a part behind each comma that is in no parentheses. */
function columnsOf(all: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  let depth = 0;
  for (const word of all) {
    for (const character of word.replaceAll(/"[^"]*"|'[^']*'/g, "")) {
      if (character === "(") depth++;
      if (character === ")") depth--;
    }
    parts.at(-1)?.push(word);
    if (depth === 0 && word.endsWith(",")) parts.push([]);
  }
  return parts;
}

function wrapped(all: readonly string[], indent: string, further: string): string {
  const lines: string[] = [];
  let line = indent;
  for (const [index, word] of all.entries()) {
    const longer = index === 0 ? `${line}${word}` : `${line} ${word}`;
    if (index === 0 || longer.length <= WIDTH) line = longer;
    else {
      lines.push(line);
      line = `${further}${word}`;
    }
  }
  return [...lines, line].join("\n");
}
