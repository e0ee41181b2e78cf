import { type KeyObject, sign } from "node:crypto";

/** The claims of a service-account token that tests look at or change. Times are seconds since 1970. */
export interface ServiceAccountClaims {
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly nbf: number;
  readonly iss: string;
  readonly sub: string;
  readonly [claim: string]: unknown;
}

export function claimsOf(token: string): ServiceAccountClaims {
  return JSON.parse(Buffer.from(token.split(".")[1] as string, "base64url").toString());
}

/**
 * A token of the server's with other claims, signed with the server's own key: one that it accepts as its own, as long as the
 * claims allow.
 */
export function signedAgain(
  token: string,
  changes: Partial<ServiceAccountClaims>,
  signingKey: KeyObject,
): string {
  const [header] = token.split(".");
  const claims = Buffer.from(JSON.stringify({ ...claimsOf(token), ...changes })).toString("base64url");
  const signature = sign("sha256", Buffer.from(`${header}.${claims}`), signingKey).toString("base64url");
  return `${header}.${claims}.${signature}`;
}
