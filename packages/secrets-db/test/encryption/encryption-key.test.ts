import { createHash, hkdfSync } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { deriveEncryptionKey } from "../../src/encryption/encryption-key.ts";
import { createKeyRing } from "../../src/encryption/key-ring.ts";
import { keyA, secretA, secretB } from "./fixtures.ts";

const salt = Buffer.alloc(32, 7);

function messageKeys(secret: string, purpose: "value" | "canary", bytes = salt) {
  return deriveEncryptionKey(secret).withMessageKeys(bytes, purpose, ({ key, commitment, nonce }) =>
    [key, commitment, nonce].map((part) => part.toString("hex")),
  );
}

describe("key id", () => {
  test("is 64 bits of base64url, the same in every process", () => {
    expect(deriveEncryptionKey(secretA).id).toMatch(/^[A-Za-z0-9_-]{11}$/);
    expect(Buffer.from(keyA.id, "base64url")).toHaveLength(8);
    expect(deriveEncryptionKey(secretA).id).toBe(keyA.id);
    expect(deriveEncryptionKey(secretB).id).not.toBe(keyA.id);
  });

  test("is neither a plain hash of the secret nor a part of a key", () => {
    for (const hash of ["sha1", "sha256", "sha384", "sha512", "md5"]) {
      expect(createHash(hash).update(secretA).digest("base64url").slice(0, 10)).not.toBe(
        keyA.id.slice(0, 10),
      );
    }
    const id = Buffer.from(keyA.id, "base64url").toString("hex");
    for (const purpose of ["value", "canary"] as const) {
      for (const part of messageKeys(secretA, purpose, Buffer.alloc(32))) expect(part).not.toContain(id);
    }
    keyA.withLegacyKey((key) => expect(key.toString("hex")).not.toContain(id));
  });

  test("follows the documented derivation", () => {
    const expected = Buffer.from(hkdfSync("sha256", secretA, "archestra-secrets", "key-id", 8));
    expect(keyA.id).toBe(expected.toString("base64url"));
  });
});

describe("message keys", () => {
  test("are 32, 32 and 12 bytes that differ by secret, salt and purpose", () => {
    const derived = [
      ...messageKeys(secretA, "value"),
      ...messageKeys(secretA, "canary"),
      ...messageKeys(secretA, "value", Buffer.alloc(32, 8)),
      ...messageKeys(secretB, "value"),
    ];
    expect(derived.map((part) => part.length / 2)).toEqual([32, 32, 12, 32, 32, 12, 32, 32, 12, 32, 32, 12]);
    expect(new Set(derived).size).toBe(derived.length);
    expect(messageKeys(secretA, "value")).toEqual(messageKeys(secretA, "value"));
  });

  test("are overwritten after their use, also when it throws", () => {
    const kept: Buffer[] = [];
    keyA.withMessageKeys(salt, "value", (keys) => kept.push(keys.key, keys.commitment, keys.nonce));
    keyA.withLegacyKey((key) => kept.push(key));
    expect(() =>
      keyA.withMessageKeys(salt, "value", (keys) => {
        kept.push(keys.key);
        throw new Error("refused");
      }),
    ).toThrow("refused");
    expect(kept).toHaveLength(5);
    for (const buffer of kept) expect(buffer.every((byte) => byte === 0)).toBe(true);
  });
});

test("an empty secret is a TypeError", () => {
  expect(() => deriveEncryptionKey("")).toThrow(TypeError);
});

test("secrets of any length and script make a key", () => {
  for (const secret of ["x", "päßwörd 🔑", "\u0000", "x".repeat(100_000)]) {
    expect(deriveEncryptionKey(secret).id).toMatch(/^[A-Za-z0-9_-]{11}$/);
  }
});

describe("the visible properties of keys and key rings", () => {
  const ring = createKeyRing({ encryptionSecret: secretA, previousSecrets: secretB, authSecret: undefined });
  const options = { showHidden: true, customInspect: false, getters: true, depth: Infinity } as const;

  test.each([
    ["a key", deriveEncryptionKey(secretA)],
    ["a ring", ring],
  ])("%s shows its ids and no secret", (_, object) => {
    const shown = [
      inspect(object),
      inspect(object, options),
      JSON.stringify(object),
      String(object),
      inspect(structuredClone(object), options),
      inspect({ ...object }, options),
    ].join("\n");
    expect(shown).toContain(keyA.id);
    for (const secret of [secretA, secretB]) {
      const bytes = Buffer.from(secret);
      const spaced = bytes.toString("hex").replace(/(..)(?=.)/g, "$1 ");
      const forms = [secret, bytes.toString("hex"), bytes.toString("base64url"), bytes.toString("base64")];
      // A prefix is enough: a dump may be cut.
      for (const form of [...forms, spaced, bytes.join(", ")]) expect(shown).not.toContain(form.slice(0, 12));
    }
    expect(shown).not.toContain("KeyObject");
  });

  test("they cannot be changed", () => {
    expect(Object.isFrozen(keyA)).toBe(true);
    expect(Object.isFrozen(ring)).toBe(true);
    expect(Object.isFrozen(ring?.keys)).toBe(true);
  });
});
