import { createCipheriv, createDecipheriv } from "node:crypto";
import { type SecretsBackend, SecretsError, type SecretValue } from "@archestra/secrets-core/plugin";
import { changed } from "./changed-backend.ts";

const KEY = Buffer.alloc(32, 7);

/**
 * Encrypts what a backend stores.
 *
 * @param ivOf returns the initialization vector of a text
 */
export function encrypted(inner: SecretsBackend, ivOf: (text: string) => Buffer): SecretsBackend {
  return changed(inner, {
    async get(name, context) {
      const secret = await inner.get(name, context);
      return secret === undefined ? undefined : { ...secret, value: decrypt(secret.value) };
    },
    write(name, value, options, context) {
      const text = JSON.stringify(value);
      return inner.write(name, encrypt(text, ivOf(text)), options, context);
    },
  });
}

function encrypt(text: string, iv: Buffer): SecretValue {
  const cipher = createCipheriv("aes-256-gcm", KEY, iv);
  const content = Buffer.concat([cipher.update(text), cipher.final()]);
  const parts = { iv, content, tag: cipher.getAuthTag() };
  return Object.fromEntries(Object.entries(parts).map(([part, bytes]) => [part, bytes.toString("base64")]));
}

function decrypt(stored: SecretValue): SecretValue {
  try {
    const [iv, content, tag] = ["iv", "content", "tag"].map((part) =>
      Buffer.from(String(stored[part]), "base64"),
    );
    const decipher = createDecipheriv("aes-256-gcm", KEY, iv ?? "").setAuthTag(tag ?? KEY);
    return JSON.parse(decipher.update(content ?? KEY, undefined, "utf8") + decipher.final("utf8"));
  } catch {
    throw new SecretsError("DECRYPTION_FAILED", "The value cannot be decrypted.");
  }
}
