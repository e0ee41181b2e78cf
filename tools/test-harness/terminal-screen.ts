import headless from "@xterm/headless";

/** What a terminal shows after a program has written to it. */
export interface TerminalScreen {
  readonly columns: number;
  readonly lines: readonly ScreenLine[];
}

/** One line of the screen. */
export interface ScreenLine {
  readonly text: string;
  /** Whether it continues the line above, which did not fit the width. */
  readonly isWrapped: boolean;
  /** Neighbouring characters of one style. */
  readonly runs: readonly StyledRun[];
}

/** Characters of one style. */
export interface StyledRun {
  /** The column of the first character, from 0. */
  readonly column: number;
  readonly text: string;
  readonly isBold: boolean;
  readonly isDim: boolean;
  /** One of the 16 colours of a terminal. Absent: the colour of text. */
  readonly color?: number;
}

const HEIGHT = 500;

/** Shows what a program wrote on the screen of xterm.js, the terminal of many editors. */
export async function showOnScreen(written: string, columns: number): Promise<TerminalScreen> {
  const terminal = new headless.Terminal({ cols: columns, rows: HEIGHT, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(written.replaceAll("\n", "\r\n"), resolve));
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, row) => {
    const line = active.getLine(row);
    return {
      text: line?.translateToString(true) ?? "",
      isWrapped: line?.isWrapped ?? false,
      runs: styledRuns(line),
    };
  });
  terminal.dispose();
  const last = lines.findLastIndex(({ text }) => text !== "");
  return { columns, lines: lines.slice(0, last + 1) };
}

type BufferLine = ReturnType<InstanceType<typeof headless.Terminal>["buffer"]["active"]["getLine"]>;

function styledRuns(line: BufferLine): StyledRun[] {
  const runs: (StyledRun & { text: string })[] = [];
  let key = "";
  for (let column = 0; column < (line?.length ?? 0); column++) {
    const cell = line?.getCell(column);
    // The second column of a wide character.
    if (cell === undefined || cell.getWidth() === 0) continue;
    const style = {
      isBold: cell.isBold() !== 0,
      isDim: cell.isDim() !== 0,
      ...(cell.isFgPalette() ? { color: cell.getFgColor() } : {}),
    };
    const text = cell.getChars() || " ";
    const last = runs.at(-1);
    if (last !== undefined && key === JSON.stringify(style)) last.text += text;
    else runs.push({ column, text, ...style });
    key = JSON.stringify(style);
  }
  return runs.filter(({ text }) => text.trim() !== "");
}
