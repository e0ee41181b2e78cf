import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
let measure: ((text: string) => number) | undefined;

/** The columns that a text has on a terminal. Loading the tables of all characters costs as much as starting Node. */
export function textWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  measure ??= (require("string-width") as typeof import("string-width")).default;
  return measure(text);
}
