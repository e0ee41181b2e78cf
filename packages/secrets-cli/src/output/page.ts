import { styleText } from "node:util";
import { printable } from "./printable.ts";
import { type Column, layOutTable } from "./table.ts";
import { wrap } from "./wrap.ts";

export type Style = "bold" | "dim" | "red" | "green" | "yellow";

/** Writes text for a person: wrapped, aligned, escaped, and coloured where colours are wanted. */
export class Page {
  /** The columns of the terminal. Infinity: the output is not a terminal, and nothing is wrapped or cut. */
  readonly width: number;
  readonly #isTerminal: boolean;
  readonly #hasColors: boolean;
  readonly #write: (text: string) => void;

  constructor(options: {
    width: number;
    isTerminal: boolean;
    hasColors: boolean;
    write: (text: string) => void;
  }) {
    this.width = options.width;
    this.#isTerminal = options.isTerminal;
    this.#hasColors = options.hasColors;
    this.#write = options.write;
  }

  /** One sentence or more, wrapped. Line breaks are escaped. */
  line(text = "", indent = ""): void {
    for (const line of wrap(printable(text), this.width - indent.length)) this.#write(`${indent}${line}\n`);
  }

  /** As `line`, behind a coloured label. */
  labelled(style: Style, label: string, text: string): void {
    const [first = "", ...others] = wrap(`${label} ${printable(text)}`, this.width);
    this.#write(`${this.style(style, label)}${first.slice(label.length)}\n`);
    for (const line of others) this.#write(`${line}\n`);
  }

  /** A line that is copied as it is, such as a command: escaped, and never wrapped or cut. */
  exact(text: string): void {
    this.#write(`${printable(text)}\n`);
  }

  /** A requested value, with a line break after it. It is escaped on a terminal alone, so that a pipe receives it. */
  raw(text: string): void {
    this.#write(`${this.#isTerminal ? printable(text) : text}\n`);
  }

  heading(text: string, style: Style = "bold", indent = ""): void {
    this.#write(`${indent}${this.style(style, printable(text))}\n`);
  }

  /** Rows below titles. */
  table(columns: readonly Column[], rows: readonly (readonly string[])[]): void {
    const lines = layOutTable(columns, rows, this.width, (title) => this.style("dim", title));
    for (const line of lines) this.#write(`${line}\n`);
  }

  /** Labels with their texts, aligned. */
  pairs(pairs: readonly (readonly [label: string, text: string])[], indent = ""): void {
    const longest = Math.max(...pairs.map(([label]) => label.length));
    for (const [label, text] of pairs) {
      const start = `${indent}${printable(label).padEnd(longest)}  `;
      const [first = "", ...others] = wrap(printable(text), this.width - start.length);
      this.#write(`${this.style("dim", start)}${first}\n`);
      for (const other of others) this.#write(`${" ".repeat(start.length)}${other}\n`);
    }
  }

  /** Colours an escaped text, if colours are wanted. */
  style(style: Style, text: string): string {
    return this.#hasColors ? styleText(style, text, { validateStream: false }) : text;
  }
}
