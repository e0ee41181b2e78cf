import { generateKeyPairSync, sign } from "node:crypto";

/** What a token claims. */
export type Claims = Readonly<Record<string, unknown>>;

/** Issues the tokens of jobs, as a CI system does. */
export class TokenIssuer {
  readonly #keys = generateKeyPairSync("ec", { namedCurve: "P-256" });

  /** For `jwt_validation_pubkeys`. */
  get publicKey(): string {
    return this.#keys.publicKey.export({ type: "spki", format: "pem" }).toString();
  }

  /** A token of a job for Vault that lives for five minutes. @param claims that differ */
  issue(claims: Claims = {}): string {
    const now = Math.floor(Date.now() / 1_000);
    const payload = {
      iss: "https://ci.example",
      aud: "vault",
      sub: "job",
      iat: now,
      nbf: now,
      exp: now + 300,
    };
    const parts = [
      { alg: "ES256", typ: "JWT" },
      { ...payload, ...claims },
    ].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
    const text = parts.join(".");
    const key = { key: this.#keys.privateKey, dsaEncoding: "ieee-p1363" } as const;
    return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
  }
}
