/*
 * Text that a store, a caller or a file gave, in messages and in logs. A terminal obeys control characters, a viewer of
 * logs takes a line break for the next entry, and bidirectional marks show other text than there is.
 */

/** Everything but what a name may hold: letters, marks, numbers, punctuation, symbols and the space. */
const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|\p{Default_Ignorable_Code_Point}/gu;
/** Where the text is ours, it may have several lines. */
const unprintableInLines = /[^\p{L}\p{M}\p{N}\p{P}\p{S} \n]|\p{Default_Ignorable_Code_Point}/gu;
/** Most texts. */
const plain = /^[ -~]*$/;
const plainLines = /^[ -~\n]*$/;

const LONGEST_TEXT = 200;

/**
 * Makes a text of unknown origin fit for one line of a message or of a log: what does not print becomes `\u{…}`, and a
 * long text is cut.
 *
 * @param longest how many characters are kept. @default 200
 */
export function printableText(text: string, longest = LONGEST_TEXT): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return plain.test(cut) ? cut : cut.replace(unprintable, escaped);
}

/** The same between quotes, as a message shows a name. */
export function quotedText(text: string): string {
  const longestName = 512;
  const cut = text.length > longestName ? `${text.slice(0, longestName)}…` : text;
  return printableText(JSON.stringify(cut), Number.POSITIVE_INFINITY);
}

/** Makes a whole message fit for a log: the last measure for what its parts did not escape. Its lines stay lines. */
export function printableMessage(message: string): string {
  return plainLines.test(message) ? message : message.replace(unprintableInLines, escaped);
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
