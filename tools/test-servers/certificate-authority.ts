import { isIP } from "node:net";
import { generate } from "selfsigned";

/** A certificate and its private key, in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** When a certificate is valid. Absent: from now on, for a year. */
export interface Validity {
  readonly from?: Date;
  readonly until?: Date;
}

/** A certificate for a server that no authority has signed. */
export async function selfSignedServer(name: string): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [{ name: "subjectAltName", altNames: [alternativeName(name)] }],
  });
  return { cert, key };
}

function alternativeName(name: string) {
  return isIP(name) ? { type: 7 as const, ip: name } : { type: 2 as const, value: name };
}

/** A certificate authority that no system trusts. */
export class CertificateAuthority {
  /** Its own certificate, in PEM: who is given this trusts what it issues. */
  readonly certificate: string;
  readonly #key: string;

  /** @param name its common name */
  static async create(name = "test authority"): Promise<CertificateAuthority> {
    const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
      keyType: "ec",
      algorithm: "sha256",
      extensions: [
        { name: "basicConstraints", cA: true, critical: true },
        { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
      ],
    });
    return new CertificateAuthority({ cert, key });
  }

  private constructor({ cert, key }: Certificate) {
    this.certificate = cert;
    this.#key = key;
  }

  /** For a server that is reached under these host names and addresses. */
  issueServer(names: readonly [string, ...string[]], validity: Validity = {}): Promise<Certificate> {
    return this.#issue(names[0], "serverAuth", names, validity);
  }

  /** For a client that shows who it is. */
  issueClient(name: string): Promise<Certificate> {
    return this.#issue(name, "clientAuth", [name]);
  }

  async #issue(
    commonName: string,
    use: "serverAuth" | "clientAuth",
    names: readonly string[],
    { from, until }: Validity = {},
  ): Promise<Certificate> {
    const { cert, private: key } = await generate([{ name: "commonName", value: commonName }], {
      ...(from === undefined ? {} : { notBeforeDate: from }),
      ...(until === undefined ? {} : { notAfterDate: until }),
      keyType: "ec",
      algorithm: "sha256",
      ca: { cert: this.certificate, key: this.#key },
      extensions: [
        { name: "basicConstraints", cA: false, critical: true },
        { name: "keyUsage", digitalSignature: true, critical: true },
        { name: "extKeyUsage", [use]: true },
        {
          name: "subjectAltName",
          altNames: names.map(alternativeName),
        },
      ],
    });
    return { cert, key };
  }
}
