import type { SecretNameRule } from "@archestra/secrets-core";

/** How to change a name that breaks a rule of the grammar. */
const advice: Readonly<Record<SecretNameRule, string>> = {
  NAME_EMPTY: "Give it a name.",
  NAME_NOT_NORMALIZED: "Type the accented letters again, or apply Unicode normalization form C.",
  NAME_CHARACTER: "Replace that character, for example with _ or -.",
  NAME_EMPTY_SEGMENT: "Remove the / at the beginning, at the end, or after another /.",
  NAME_DOT_SEGMENT: "Replace the segment . with a word.",
  NAME_DOUBLE_DOT: "Replace .. with a single dot or a -.",
  NAME_EDGE_SPACE: "Remove the space at the beginning or end of the segment.",
  NAME_SEGMENT_TOO_LONG: "Split it with /, or shorten it.",
  NAME_TOO_LONG: "Shorten it.",
};

/** Advice for the reason of an INVALID_ARGUMENT. Undefined: the error is not about the name. */
export function nameAdvice(reason: string | undefined): string | undefined {
  return reason !== undefined && Object.hasOwn(advice, reason) ? advice[reason as SecretNameRule] : undefined;
}
