import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileInTime } from "@archestra/secrets-core/plugin";
import { misconfigured } from "./mount-proof.ts";
import { pemText } from "./pem-text.ts";

/** A PEM text, from itself or from the file that is named. */
export async function readCertificate(
  setting: string | undefined,
  variable: string,
): Promise<string | undefined> {
  if (setting === undefined) return undefined;
  const pem = await readPem(setting, variable, "CERTIFICATE");
  try {
    new X509Certificate(pem);
  } catch {
    const instead = pem.includes("PRIVATE KEY-----")
      ? ` It holds a private key, which belongs into ARCHESTRA_HASHICORP_VAULT_CLIENT_KEY.`
      : "";
    throw misconfigured(
      "INVALID_CERTIFICATE",
      `${variable} holds no certificate that can be read.${instead}`,
    );
  }
  return pem;
}

/** The same for a private key, of which no message holds anything. */
export async function readPrivateKey(
  setting: string | undefined,
  variable: string,
): Promise<string | undefined> {
  if (setting === undefined) return undefined;
  const pem = await readPem(setting, variable, "PRIVATE KEY");
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

async function readPem(setting: string, variable: string, label: string): Promise<string> {
  const given = pemText(setting);
  if (given !== undefined) return given;
  let content: string;
  try {
    content = await readFileInTime(setting.trim());
  } catch (error) {
    // Without the path: what leads to no file may be a secret.
    const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
    const words =
      code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG"
        ? `${variable} is neither PEM, also as base64, nor the path of a file that exists (${code}). Mount the file, or correct the variable.`
        : `The file that ${variable} names cannot be read (${code}). Let this process read it, or correct the path.`;
    throw misconfigured("UNREADABLE_FILE", words);
  }
  const pem = pemText(content);
  if (pem?.includes(`${label}-----`)) return pem;
  throw misconfigured("INVALID_PEM", `The file that ${variable} names holds no PEM with a ${label}.`);
}
