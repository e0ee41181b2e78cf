const LONGEST = 200;
/** Vault quotes what it was given: in quotation marks, or after an apostrophe that follows no letter. */
const QUOTED = /"[^"]*"?|`[^`]*`?|(?<![A-Za-z])'[^']*'?/g;
/** A word of a sentence, also `X-Forwarded-For` and `read/write`. A token, a key or a value has a digit or another shape. */
const WORD =
  /^\(?(?:[A-Z]?[a-z]{1,20}|[A-Z]{1,12})(?:[-_/'’](?:[A-Z]?[a-z]{1,20}|[A-Z]{1,12})){0,6}\)?[.,:;!?]{0,2}$/;
const LEFT_OUT = "…";

/**
 * An excerpt of the texts with which Vault refuses a request: their words, without anything that is quoted and anything that
 * is not a word. Only for requests that carry no value and no credential.
 *
 * @returns undefined when fewer than two words are left
 */
export function quotableText(errors: readonly string[]): string | undefined {
  const words = errors
    .join("; ")
    .replace(QUOTED, ` ${LEFT_OUT} `)
    .split(/[\s*]+/)
    .filter((word) => word !== "")
    .map((word) => (WORD.test(word) ? word : LEFT_OUT))
    .filter((word, index, all) => word !== LEFT_OUT || all[index - 1] !== LEFT_OUT);
  if (words.filter((word) => word !== LEFT_OUT).length < 2) return undefined;
  const text = words.join(" ").replace(/[.\s]+$/, "");
  return text.length <= LONGEST ? text : `${text.slice(0, text.lastIndexOf(" ", LONGEST))} ${LEFT_OUT}`;
}
