import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileInTime } from "@archestra/secrets-core/plugin";
import { misconfigured } from "../settings/misconfigured.ts";
import { pemText } from "./pem-text.ts";

/** Reads a certificate as PEM, from the setting itself or from the file that it names. */
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
      ? ` It holds a private key, which belongs in ARCHESTRA_HASHICORP_VAULT_CLIENT_KEY.`
      : "";
    throw misconfigured("INVALID_CERTIFICATE", `${variable} does not hold a valid certificate.${instead}`);
  }
  return pem;
}

/** Reads a private key in the same way. No message quotes any of it. */
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
      `${variable} does not hold a valid private key. Decrypt one with a passphrase first.`,
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
    // Without the path: a text that is not a path may be a secret.
    const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
    const message =
      code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG"
        ? `${variable} is neither PEM, also as base64, nor the path of a file that exists (${code}). Mount the file, or correct the variable.`
        : `The file that ${variable} names cannot be read (${code}). Grant this process permission to read it, or correct the path.`;
    throw misconfigured("UNREADABLE_FILE", message);
  }
  const pem = pemText(content);
  if (pem?.includes(`${label}-----`)) return pem;
  throw misconfigured("INVALID_PEM", `The file that ${variable} names does not hold PEM with a ${label}.`);
}
