import { inspect } from "node:util";
import { isSecretsError, type SecretsError } from "@archestra/secrets-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encryptValue } from "../../src/encryption/envelope.ts";
import { decryptEnvelopeV2, MAX_PLAINTEXT_BYTES } from "../../src/encryption/envelope-v2.ts";
import { KeyRing } from "../../src/encryption/key-ring.ts";
import { keyA, keyB, openStored, parts, place, reasonOf, ring } from "./fixtures.ts";

describe("round trip", () => {
  test("of any JSON object, under any key of the ring", () => {
    const object = fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue());
    fc.assert(
      fc.property(object, fc.constantFrom(keyA, keyB), (value, key) => {
        const json = JSON.stringify(value);
        expect(openStored(encryptValue(json, key, place))).toBe(json);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["unicode", { "ключ 🔑": "पासवर्ड\u0000\u2028\ud83d\ude00", e: "é vs e\u0301" }],
    ["its own __proto__", JSON.parse('{"__proto__":{"admin":true}}')],
    ["something that looks like an envelope", { __encrypted: "v2:AAAA:x" }],
    ["512 KiB", { blob: "\u00e9".repeat(256 * 1024) }],
    ["spaces at the end of a string", { a: "b   " }],
  ])("of %s", (_, value) => {
    const json = JSON.stringify(value);
    expect(openStored(encryptValue(json, keyA, place))).toBe(json);
  });

  test("at any place", () => {
    const text = fc.string({ unit: "grapheme" });
    const anyPlace = fc.record({
      table: text,
      rowId: text,
      name: text,
      purpose: fc.constantFrom("value" as const, "canary" as const),
    });
    fc.assert(
      fc.property(anyPlace, (at) => {
        expect(openStored(encryptValue('{"a":1}', keyA, at), ring, at)).toBe('{"a":1}');
      }),
    );
  });
});

describe("form", () => {
  test("is the exact JSON text of one string, with parts of exact length", () => {
    const stored = encryptValue('{"token":"x"}', keyA, place);
    expect(stored).toMatch(/^\{"__encrypted":"v2:[\w-]{11}:[\w-]{43}:[\w-]{43}:[\w-]{22}:[\w-]{43}"\}$/);
    expect(JSON.stringify(JSON.parse(stored))).toBe(stored);
    const { keyId, salt, commitment, tag } = parts(stored);
    expect(keyId).toBe(keyA.id);
    expect([salt, commitment, tag].map((part) => Buffer.from(part, "base64url").length)).toEqual([
      32, 32, 16,
    ]);
  });

  test("two envelopes of one value have nothing in common but the key id", () => {
    const [first, second] = [1, 2].map(() => parts(encryptValue('{"token":"x"}', keyA, place)));
    for (const part of ["salt", "commitment", "tag", "ciphertext"] as const) {
      expect(first?.[part]).not.toBe(second?.[part]);
    }
  });

  test("the ciphertext has the length of the next multiple of 32 bytes", () => {
    for (let length = 7; length <= 200; length++) {
      const json = JSON.stringify({ a: "x".repeat(Math.max(length - 8, 0)) });
      const { ciphertext } = parts(encryptValue(json, keyA, place));
      expect(Buffer.from(ciphertext, "base64url")).toHaveLength(Math.ceil(json.length / 32) * 32);
    }
  });

  test("whitespace that a JSON column puts between the tokens does not matter", () => {
    const stored = encryptValue('{"a":1}', keyA, place).replace('":"', '": "');
    expect(openStored(stored)).toBe('{"a":1}');
  });
});

describe("limits", () => {
  test("16 MiB are encrypted and decrypted, one byte more is refused without quoting it", () => {
    const longest = JSON.stringify({ a: "x".repeat(MAX_PLAINTEXT_BYTES - 8) });
    expect(longest).toHaveLength(MAX_PLAINTEXT_BYTES);
    const stored = encryptValue(longest, keyA, place);
    expect(openStored(stored) === longest).toBe(true);
    let refusal: unknown;
    try {
      encryptValue(`${longest} `, keyA, place);
    } catch (error) {
      refusal = error;
    }
    expect(isSecretsError(refusal, "INVALID_ARGUMENT") && refusal.reason).toBe("VALUE_TOO_LARGE");
    expect((refusal as SecretsError).message).not.toContain("xxx");
  });

  test("a longer envelope is refused before it is decoded", () => {
    const huge = "A".repeat(4 * Math.ceil(MAX_PLAINTEXT_BYTES / 3) + 4);
    const { keyId, salt, commitment, tag } = parts(encryptValue("{}", keyA, place));
    const stored = `{"__encrypted":"v2:${keyId}:${salt}:${commitment}:${tag}:${huge}"}`;
    expect(reasonOf(() => openStored(stored))).toBe("UNSUPPORTED_ENVELOPE");
  });
});

describe("errors", () => {
  const stored = encryptValue('{"token":"planted-value"}', keyA, place);
  const envelope = parts(stored);

  function thrownBy(call: () => unknown): SecretsError {
    try {
      call();
    } catch (error) {
      if (isSecretsError(error)) return error;
    }
    throw new Error("no SecretsError was thrown");
  }

  test("an unknown key is named, with the variable and the rollout that are missing", () => {
    const error = thrownBy(() => decryptEnvelopeV2(envelope, new KeyRing(keyB), place));
    expect(error).toMatchObject({
      code: "DECRYPTION_FAILED",
      reason: "UNDECRYPTABLE",
      retryable: false,
      secretName: place.name,
    });
    expect(error.message).toContain(keyA.id);
    expect(error.message).toContain("ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS");
    expect(error.message).toContain("rollout");
  });

  test("a canary's error names no secret", () => {
    const canary = { ...place, name: keyA.id, purpose: "canary" as const };
    expect(thrownBy(() => decryptEnvelopeV2(envelope, ring, canary)).secretName).toBeUndefined();
  });

  test("no error shows the value, a key, or a part of the envelope but the key id", () => {
    const errors = [
      thrownBy(() => decryptEnvelopeV2(envelope, new KeyRing(keyB), place)),
      thrownBy(() => decryptEnvelopeV2(envelope, ring, { ...place, rowId: "other" })),
      thrownBy(() => openStored(stored.replace("v2:", "v3:"))),
    ];
    for (const error of errors) {
      const shown = inspect(error, { showHidden: true, depth: Infinity }) + JSON.stringify(error);
      for (const part of [envelope.salt, envelope.commitment, envelope.tag, envelope.ciphertext]) {
        expect(shown).not.toContain(part.slice(0, 16));
      }
      expect(shown).not.toContain("planted-value");
      expect(shown).not.toContain("a-secret-of-the-tests");
    }
  });
});
