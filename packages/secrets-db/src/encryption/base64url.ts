const character = "[A-Za-z0-9_-]";
/** The characters that may end a text whose last two or four bits carry nothing: those bits are zero. */
const lastOfTwoFreeBits = "[AEIMQUYcgkosw048]";
const lastOfFourFreeBits = "[AQgw]";
const canonicalEnd = new RegExp(
  `^(?:${character}{4}|${character}{2}${lastOfTwoFreeBits}|${character}${lastOfFourFreeBits})$`,
);

/**
 * The source of a regular expression for so many bytes in base64url, in their one canonical spelling: no padding, and
 * zero in the bits that carry nothing, so that no other text decodes to the same bytes.
 */
export function base64urlPattern(bytes: number): string {
  const whole = Math.floor(bytes / 3) * 4;
  if (bytes % 3 === 1) return `${character}{${whole + 1}}${lastOfFourFreeBits}`;
  if (bytes % 3 === 2) return `${character}{${whole + 2}}${lastOfTwoFreeBits}`;
  return `${character}{${whole}}`;
}

/** The source of a regular expression for one byte or more, canonical only if {@link isCanonicalBase64url} agrees. */
export const base64urlText = `${character}+`;

/**
 * Whether a text of base64url characters is the canonical spelling of its bytes. A regular expression for all of it
 * would have to repeat a group, and runs out of stack on a text of megabytes.
 */
export function isCanonicalBase64url(text: string): boolean {
  const start = text.length - (text.length % 4 || 4);
  return canonicalEnd.test(text.slice(start));
}
