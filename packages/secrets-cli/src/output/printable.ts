import { printableText } from "@archestra/secrets-core/plugin";

/** Escapes text from a store, a file or an argument for one line on a terminal, whole. */
export function printable(text: string): string {
  return printableText(text, Number.POSITIVE_INFINITY);
}
