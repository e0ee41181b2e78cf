/** The source of a regular expression for one part of an envelope, canonical only if {@link isCanonicalBase64url} agrees. */
export const base64urlText = "[A-Za-z0-9_-]+";

/** The characters that may end a text whose last two or four bits carry nothing: those bits are zero. */
const lastOfTwoFreeBits = "AEIMQUYcgkosw048";
const lastOfFourFreeBits = "AQgw";

/**
 * Whether a text of base64url characters is the canonical spelling of its bytes: no padding, and zero in the bits that carry
 * nothing, so that no other text decodes to the same bytes.
 *
 * @param bytes how many there must be. Undefined: any number
 */
export function isCanonicalBase64url(text: string, bytes?: number): boolean {
  if (bytes !== undefined && text.length !== Math.ceil((bytes * 4) / 3)) return false;
  const last = text.charAt(text.length - 1);
  switch (text.length % 4) {
    case 0:
      return true;
    case 2:
      return lastOfFourFreeBits.includes(last);
    case 3:
      return lastOfTwoFreeBits.includes(last);
    default:
      return false;
  }
}
