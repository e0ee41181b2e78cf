import { createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { EncryptionKey } from "../../src/encryption/encryption-key.ts";
import { encryptValue } from "../../src/encryption/envelope.ts";
import { encodeAuthenticatedData } from "../../src/encryption/envelope-place.ts";
import { decryptEnvelopeV2, type EnvelopeV2 } from "../../src/encryption/envelope-v2.ts";
import { KeyRing } from "../../src/encryption/key-ring.ts";
import { craftForTwo } from "./crafted-ciphertext.ts";
import { join, keyA, openStored, parts, place, reasonOf, secretA, secretB } from "./fixtures.ts";

// Two keys of one id: the only ring in which one envelope meets two keys.
const keyId = "AAAAAAAAAAA";
const first = new EncryptionKey(keyId, createSecretKey(Buffer.from(secretA)));
const second = new EncryptionKey(keyId, createSecretKey(Buffer.from(secretB)));

function messageKeys(key: EncryptionKey, salt: Buffer) {
  return key.withMessageKeys(salt, place.purpose, (keys) => ({
    key: Buffer.from(keys.key),
    nonce: Buffer.from(keys.nonce),
    commitment: Buffer.from(keys.commitment),
    authenticatedData: encodeAuthenticatedData(keyId, place),
  }));
}

describe("a ciphertext crafted to open under two keys", () => {
  const salt = randomBytes(32);
  const [one, two] = [messageKeys(first, salt), messageKeys(second, salt)];
  const { ciphertext, tag } = craftForTwo(one, two, randomBytes(48));
  const envelope: EnvelopeV2 = {
    keyId,
    salt: salt.toString("base64url"),
    commitment: one.commitment.toString("base64url"),
    tag: tag.toString("base64url"),
    ciphertext: ciphertext.toString("base64url"),
  };

  test("is valid for the cipher alone under both", () => {
    for (const { key, nonce, authenticatedData } of [one, two]) {
      const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 });
      decipher.setAAD(authenticatedData).setAuthTag(tag).update(ciphertext);
      expect(() => decipher.final()).not.toThrow();
    }
  });

  test("opens under the key of its commitment alone", () => {
    const text = decryptEnvelopeV2(envelope, new KeyRing(first), place);
    expect(reasonOf(() => decryptEnvelopeV2(envelope, new KeyRing(second), place))).toBe("TAMPERED");
    expect(decryptEnvelopeV2(envelope, new KeyRing(first, [second]), place)).toBe(text);
    expect(decryptEnvelopeV2(envelope, new KeyRing(second, [first]), place)).toBe(text);
  });
});

test("two keys of one id each open their own", () => {
  const ring = new KeyRing(first, [second]);
  expect(openStored(encryptValue('{"by":"first"}', first, place), ring)).toBe('{"by":"first"}');
  expect(openStored(encryptValue('{"by":"second"}', second, place), ring)).toBe('{"by":"second"}');
});

test.each([
  ["zeros", Buffer.alloc(32)],
  ["random bytes", randomBytes(32)],
])("a commitment replaced by %s is refused", (_, commitment) => {
  const envelope = parts(encryptValue('{"a":1}', keyA, place));
  const replaced = join({ ...envelope, commitment: commitment.toString("base64url") });
  expect(reasonOf(() => openStored(replaced))).toBe("TAMPERED");
});
