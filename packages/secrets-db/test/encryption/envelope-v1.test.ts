import { createCipheriv, hkdfSync, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classifyStoredValue } from "../../src/encryption/envelope.ts";
import { decryptEnvelopeV1 } from "../../src/encryption/envelope-v1.ts";
import { createKeyRing, KeyRing } from "../../src/encryption/key-ring.ts";
import { keyA, keyB, place, reasonOf, ring, secretA, secretB } from "./fixtures.ts";

/** Archestra's v1 format from its description alone. */
function encryptV1(value: unknown, secret: string): string {
  const key = Buffer.from(
    hkdfSync("sha256", secret, "archestra-hkdf-salt-v1", "archestra-secret-encryption-v1", 32),
  );
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  const ciphertext = Buffer.concat([cipher.update(JSON.stringify(value), "utf8"), cipher.final()]);
  const parts = [iv, cipher.getAuthTag(), ciphertext].map((part) => part.toString("base64url"));
  return JSON.stringify({ __encrypted: `v1:${parts.join(":")}` });
}

function openV1(stored: string, keys: KeyRing = ring): string {
  const found = classifyStoredValue(stored);
  if (found.kind !== "v1") throw new Error(`not v1 but ${found.kind}`);
  return decryptEnvelopeV1(found.envelope, keys, place);
}

test("decrypts the envelopes of Archestra, under any key of the ring", () => {
  const object = fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue());
  fc.assert(
    fc.property(object, fc.constantFrom(secretA, secretB), (value, secret) => {
      expect(openV1(encryptV1(value, secret))).toBe(JSON.stringify(value));
    }),
    { numRuns: 300 },
  );
});

test("decrypts a value that was encrypted under an auth secret which has been replaced since", () => {
  const keys = createKeyRing({
    encryptionSecret: secretA,
    previousSecrets: undefined,
    authSecret: "the-auth-secret",
  });
  expect(openV1(encryptV1({ token: "x" }, "the-auth-secret"), keys)).toBe('{"token":"x"}');
});

// Made by another implementation in another language.
test("opens a frozen envelope", () => {
  const stored =
    '{"__encrypted":"v1:tJ-r8TFpTNqFCRtu:B45h_H76W8ISWEQeRNq85g:LnuNTFB64nZyjgD41yBdHH8uoLS1TSlHX80wqV0"}';
  expect(openV1(stored, new KeyRing(keyA))).toBe('{"token":"ghp_1","note":"é"}');
});

describe("does not open", () => {
  const stored = encryptV1({ token: "planted-value" }, secretA);
  const [, iv = "", tag = "", ciphertext = ""] = (
    JSON.parse(stored) as { __encrypted: string }
  ).__encrypted.split(":");

  test("under a key that the ring lacks", () => {
    expect(reasonOf(() => openV1(stored, new KeyRing(keyB)))).toBe("UNDECRYPTABLE");
  });

  test("with any flipped byte", () => {
    for (const [index, part] of [iv, tag, ciphertext].entries()) {
      const bytes = Buffer.from(part, "base64url");
      for (let byte = 0; byte < bytes.length; byte++) {
        const flipped = Buffer.from(bytes);
        flipped[byte] = (flipped[byte] as number) ^ 1;
        const changed = [iv, tag, ciphertext].with(index, flipped.toString("base64url"));
        expect(reasonOf(() => openV1(JSON.stringify({ __encrypted: `v1:${changed.join(":")}` })))).toBe(
          "UNDECRYPTABLE",
        );
      }
    }
  });

  test.each([4, 8, 12, 15])("with a tag of %i bytes", (length) => {
    const short = Buffer.from(tag, "base64url").subarray(0, length).toString("base64url");
    const changed = JSON.stringify({ __encrypted: `v1:${iv}:${short}:${ciphertext}` });
    expect(classifyStoredValue(changed).kind).toBe("malformed");
    expect(reasonOf(() => decryptEnvelopeV1({ iv, tag: short, ciphertext }, ring, place))).toBe(
      "UNDECRYPTABLE",
    );
  });

  test.each([
    ["a missing part", `v1:${iv}:${tag}`],
    ["a part too many", `v1:${iv}:${tag}:${ciphertext}:AAAA`],
    ["an empty ciphertext", `v1:${iv}:${tag}:`],
    ["a long iv", `v1:${iv}AAAA:${tag}:${ciphertext}`],
    ["padding", `v1:${iv}:${tag}==:${ciphertext}`],
    ["a newline", `v1:${iv}:${tag}:${ciphertext}\n`],
  ])("%s", (_, text) => {
    expect(classifyStoredValue(JSON.stringify({ __encrypted: text })).kind).toBe("malformed");
  });
});
