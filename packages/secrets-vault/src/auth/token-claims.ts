/** The claims of a JSON web token. They are not verified: use them for messages, and to save a request. */
export interface TokenClaims {
  /** When it expires, in seconds since 1970. Absent: it has no such claim. */
  readonly expiresAt?: number;
  /** Its audiences. */
  readonly audiences: readonly string[];
  /** Its subject, as in `system:serviceaccount:<namespace>:<name>`. Absent: it has no such claim. */
  readonly subject?: string;
}

/**
 * Reads the claims of a JSON web token, for a method that logs in with one.
 *
 * @returns undefined when the text is not a JSON web token
 */
export function tokenClaims(text: string): TokenClaims | undefined {
  const parts = text.split(".");
  if (parts.length !== 3 || !parts.every((part) => /^[\w-]+$/.test(part))) return undefined;
  let claims: unknown;
  try {
    claims = JSON.parse(Buffer.from(parts[1] as string, "base64url").toString());
  } catch {
    return undefined;
  }
  if (typeof claims !== "object" || claims === null) return undefined;
  const { exp, aud, sub } = claims as Readonly<Record<string, unknown>>;
  return {
    ...(typeof exp === "number" ? { expiresAt: exp } : {}),
    audiences: [aud].flat().filter((audience) => typeof audience === "string"),
    ...(typeof sub === "string" ? { subject: sub } : {}),
  };
}
