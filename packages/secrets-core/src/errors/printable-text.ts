/*
 * Escapes text from a store, a caller or a file for messages and logs. A terminal obeys control characters, a log viewer
 * starts an entry at a line break, and bidirectional marks change the displayed text.
 */

/** Matches everything except letters, marks, numbers, punctuation, symbols and the space. */
const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|\p{Default_Ignorable_Code_Point}/gu;
/** The same, but line breaks are allowed. */
const unprintableInLines = /[^\p{L}\p{M}\p{N}\p{P}\p{S} \n]|\p{Default_Ignorable_Code_Point}/gu;
const plain = /^[ -~]*$/;
const plainLines = /^[ -~\n]*$/;

const LONGEST_TEXT = 200;

/**
 * Makes text of unknown origin safe for one line of a message or log: replaces unprintable characters by `\u{…}`, and
 * truncates long text.
 *
 * @param longest the number of characters to keep. @default 200
 * @example
 * logger.warn({ code: "ROLE_UNKNOWN" }, `The role ${printableText(role)} does not exist.`);
 */
export function printableText(text: string, longest = LONGEST_TEXT): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return plain.test(cut) ? cut : cut.replace(unprintable, escaped);
}

/** Quotes a name for a message. */
export function quotedText(text: string): string {
  const longestName = 512;
  const cut = text.length > longestName ? `${text.slice(0, longestName)}…` : text;
  return printableText(JSON.stringify(cut), Number.POSITIVE_INFINITY);
}

/** Escapes what the parts of a message did not escape themselves. It keeps line breaks. */
export function printableMessage(message: string): string {
  return plainLines.test(message) ? message : message.replace(unprintableInLines, escaped);
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
