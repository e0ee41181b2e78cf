import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { misconfigured } from "./mount-proof.ts";

/** A PEM text, from itself or from the file that is named. */
export function readCertificate(setting: string | undefined, variable: string): string | undefined {
  if (setting === undefined) return undefined;
  const pem = readPem(setting, variable, "CERTIFICATE");
  try {
    new X509Certificate(pem);
  } catch {
    throw misconfigured("INVALID_CERTIFICATE", `${variable} holds no certificate that can be read.`);
  }
  return pem;
}

/** The same for a private key, of which no message holds anything. */
export function readPrivateKey(setting: string | undefined, variable: string): string | undefined {
  if (setting === undefined) return undefined;
  const pem = readPem(setting, variable, "PRIVATE KEY");
  try {
    createPrivateKey(pem);
  } catch {
    throw misconfigured(
      "INVALID_PRIVATE_KEY",
      `${variable} holds no private key that can be read. One with a passphrase has to be decrypted before.`,
    );
  }
  return pem;
}

/** Whether a private key belongs to the first certificate, which is the client's own. */
export function isKeyOf(certificate: string, privateKey: string): boolean {
  return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey));
}

function readPem(setting: string, variable: string, label: string): string {
  if (setting.includes("-----BEGIN")) return setting;
  let content: string;
  try {
    content = readFileSync(setting.trim(), "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
    throw misconfigured(
      "UNREADABLE_FILE",
      `The file that ${variable} names cannot be read (${code}). Mount it, or let this process read it.`,
    );
  }
  if (content.includes(`${label}-----`)) return content;
  throw misconfigured("INVALID_PEM", `The file that ${variable} names holds no PEM with a ${label}.`);
}
