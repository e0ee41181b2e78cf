import type { StyledRun, TerminalScreen } from "@archestra/test-harness/terminal-screen";

const CELL = { width: 8.4, height: 19 };
const MARGIN = 16;
const BACKGROUND = "#16191d";
const TEXT = "#d7dce2";
/** The colours that the program uses, by their number on a terminal; each has a contrast of more than 7 to 1. */
const colors: Readonly<Record<number, string>> = { 1: "#ff9b93", 2: "#7fd88f", 3: "#f0c25e" };

/** Draws the screen of a terminal as SVG. Its lines can be selected and read aloud, since they stay text. */
export function terminalPicture(screen: TerminalScreen, title: string): string {
  const width = Math.ceil(screen.columns * CELL.width + 2 * MARGIN);
  const height = Math.ceil(screen.lines.length * CELL.height + 2 * MARGIN);
  const texts = screen.lines.flatMap(({ runs }, row) => runs.map((run) => textOf(run, row)));
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="${TEXT}" xml:space="preserve">`,
    ...texts,
    "</g>",
    "</svg>",
  ].join("\n")}\n`;
}

function textOf({ column, text, isBold, isDim, color }: StyledRun, row: number): string {
  const trimmed = text.trimEnd();
  const start = trimmed.length - trimmed.trimStart().length;
  const content = trimmed.trimStart();
  const x = (MARGIN + (column + start) * CELL.width).toFixed(1);
  const y = (MARGIN + row * CELL.height + 14).toFixed(1);
  const attributes = [
    isBold ? ' font-weight="bold"' : "",
    isDim ? ' fill-opacity="0.72"' : "",
    color === undefined ? "" : ` fill="${colors[color] ?? TEXT}"`,
  ].join("");
  // Without a length, a font with other widths would shift the columns.
  const length = ([...content].length * CELL.width).toFixed(1);
  return `<text x="${x}" y="${y}" textLength="${length}"${attributes}>${escaped(content)}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
