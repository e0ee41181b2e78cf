import { printable } from "./printable.ts";
import { textWidth } from "./text-width.ts";

/** A column of a table. */
export interface Column {
  readonly title: string;
  /** @default left */
  readonly align?: "left" | "right";
  /** The least width that the column may be cut to, in columns of the terminal. Absent: it is never cut. */
  readonly atLeast?: number;
  /** Colours a cell, whose text is complete. */
  readonly style?: (text: string, row: number) => string;
}

const GAP = "  ";

/**
 * Lays out rows below titles, a line each, and cuts the columns that may be cut until a line fits. What is cut ends with an
 * ellipsis. Every cell is escaped.
 *
 * @param width the columns of the terminal. Infinity: nothing is cut
 */
export function layOutTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
  styleTitle: (title: string) => string,
): string[] {
  const cells = rows.map((row) => columns.map((_, index) => printable(row[index] ?? "")));
  const widths = columns.map(({ title }, index) =>
    Math.max(textWidth(title), ...cells.map((row) => textWidth(row[index] ?? ""))),
  );
  shrink(columns, widths, width - GAP.length * (columns.length - 1));
  const line = (texts: readonly string[], style: (text: string, column: number) => string) =>
    columns
      .map(({ align = "left" }, index) => {
        const isLast = index === columns.length - 1;
        const text = cut(texts[index] ?? "", widths[index] ?? 0);
        const space = " ".repeat(Math.max(0, (widths[index] ?? 0) - textWidth(text)));
        const styled = style(text, index);
        if (align === "right") return space + styled;
        return isLast ? styled : styled + space;
      })
      .join(GAP)
      .trimEnd();
  return [
    line(
      columns.map(({ title }) => title),
      styleTitle,
    ),
    ...cells.map((row, number) =>
      line(row, (text, column) => columns[column]?.style?.(text, number) ?? text),
    ),
  ];
}

/** Takes a column of the terminal from the widest column that may be cut, until all fit or none can be cut further. */
function shrink(columns: readonly Column[], widths: number[], room: number): void {
  let excess = widths.reduce((sum, width) => sum + width, 0) - room;
  while (excess > 0 && Number.isFinite(excess)) {
    let widest: number | undefined;
    for (const [index, { atLeast }] of columns.entries()) {
      const width = widths[index] ?? 0;
      if (atLeast === undefined || width <= atLeast) continue;
      if (widest === undefined || width > (widths[widest] ?? 0)) widest = index;
    }
    if (widest === undefined) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
}

function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = "";
  for (const character of text) {
    if (textWidth(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}
