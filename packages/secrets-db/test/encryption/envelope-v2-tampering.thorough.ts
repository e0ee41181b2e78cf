import { createSecretKey } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EncryptionKey } from "../../src/encryption/encryption-key.ts";
import { encryptValue } from "../../src/encryption/envelope.ts";
import { decryptEnvelopeV2 } from "../../src/encryption/envelope-v2.ts";
import { KeyRing } from "../../src/encryption/key-ring.ts";
import { alphabet, join, keyA, keyB, openStored, parts, place, reasonOf, ring, secretA } from "./fixtures.ts";
import { checkMutatedEnvelopes } from "./mutated-envelopes.ts";

// 33 bytes of JSON, so that the padded ciphertext of 64 bytes ends in a character with four free bits.
const json = JSON.stringify({ token: "x".repeat(21) });
const stored = encryptValue(json, keyA, place);
const envelope = parts(stored);

test("the untouched envelope opens", () => {
  expect(openStored(stored)).toBe(json);
});

describe("one change", () => {
  test("of any bit of any part", () => {
    for (const part of ["keyId", "salt", "commitment", "tag", "ciphertext"] as const) {
      const bytes = Buffer.from(envelope[part], "base64url");
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = Buffer.from(bytes);
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
        const reason = reasonOf(() =>
          openStored(join({ ...envelope, [part]: flipped.toString("base64url") })),
        );
        expect(reason).toBe(part === "keyId" ? "UNDECRYPTABLE" : "TAMPERED");
      }
    }
  });

  test("of any character of an envelope to any other of the alphabet, also where its bits carry nothing", () => {
    const text = join(envelope).slice('{"__encrypted":"v2:'.length, -2);
    for (let index = 0; index < text.length; index++) {
      if (text[index] === ":") continue;
      for (const character of alphabet) {
        if (character === text[index]) continue;
        const changed = `${text.slice(0, index)}${character}${text.slice(index + 1)}`;
        const reason = reasonOf(() => openStored(`{"__encrypted":"v2:${changed}"}`));
        expect(["TAMPERED", "UNDECRYPTABLE", "UNSUPPORTED_ENVELOPE"]).toContain(reason);
      }
    }
  });

  test("of any character of the stored text, its frame included", () => {
    for (let index = 0; index < stored.length; index++) {
      for (const code of [1, 2, 4, 8, 16, 32, 64]) {
        const character = String.fromCharCode(stored.charCodeAt(index) ^ code);
        const changed = `${stored.slice(0, index)}${character}${stored.slice(index + 1)}`;
        let opened: string | undefined;
        expect(() => {
          opened = openStored(changed);
          if (opened === undefined) throw new Error("plaintext, which a sealed row may not hold");
        }).toThrow();
        expect(opened).toBeUndefined();
      }
    }
  });

  test("a cut at any place", () => {
    for (let length = 3; length < stored.length - '{"__encrypted":""}'.length; length++) {
      const cut = `${stored.slice(0, '{"__encrypted":"'.length + length)}"}`;
      expect(["TAMPERED", "UNSUPPORTED_ENVELOPE"]).toContain(reasonOf(() => openStored(cut)));
    }
  });

  test.each([
    ["padding of base64", { ...envelope, tag: `${envelope.tag}==` }],
    ["the other base64 alphabet", { ...envelope, salt: `+${envelope.salt.slice(1)}` }],
    ["a newline at the end", { ...envelope, ciphertext: `${envelope.ciphertext}\n` }],
    ["no ciphertext", { ...envelope, ciphertext: "" }],
    ["a sixth part", { ...envelope, ciphertext: `${envelope.ciphertext}:AAAA` }],
  ])("%s", (_, changed) => {
    expect(reasonOf(() => openStored(join(changed)))).toBe("UNSUPPORTED_ENVELOPE");
  });
});

describe("a truncated tag", () => {
  test.each([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])("of %i bytes", (length) => {
    const tag = Buffer.from(envelope.tag, "base64url").subarray(0, length).toString("base64url");
    expect(reasonOf(() => openStored(join({ ...envelope, tag })))).toBe("UNSUPPORTED_ENVELOPE");
    // Past the pattern as well: the length of the tag is pinned in the cipher.
    expect(reasonOf(() => decryptEnvelopeV2({ ...envelope, tag }, ring, place))).toBe("TAMPERED");
  });
});

describe("another place", () => {
  const text = fc.oneof(fc.constantFrom("", "a", "b", "ab"), fc.string({ unit: "grapheme" }));
  const anyPlace = fc.record({
    table: text,
    rowId: text,
    name: text,
    purpose: fc.constantFrom("value" as const, "canary" as const),
  });

  test("does not decrypt an envelope of another place", () => {
    fc.assert(
      fc.property(anyPlace, anyPlace, (sealedAt, openedAt) => {
        fc.pre(JSON.stringify(sealedAt) !== JSON.stringify(openedAt));
        const moved = encryptValue(json, keyA, sealedAt);
        expect(reasonOf(() => openStored(moved, ring, openedAt))).toBe("TAMPERED");
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ["another row", { ...place, rowId: "other" }],
    ["another name", { ...place, name: "other" }],
    ["another spelling of the name", { ...place, name: place.name.toUpperCase() }],
    ["another table", { ...place, table: "other" }],
    ["another purpose", { ...place, purpose: "canary" as const }],
    ["fields that run into each other", { ...place, table: `${place.table}0`, rowId: place.rowId.slice(1) }],
  ])("%s", (_, at) => {
    expect(reasonOf(() => openStored(stored, ring, at))).toBe("TAMPERED");
  });
});

describe("another key id", () => {
  test("of the ring", () => {
    expect(reasonOf(() => openStored(join({ ...envelope, keyId: keyB.id })))).toBe("TAMPERED");
  });

  test("is bound even if it leads to the same secret", () => {
    const renamed = new EncryptionKey("AAAAAAAAAAA", createSecretKey(Buffer.from(secretA)));
    const relabelled = join({ ...envelope, keyId: renamed.id });
    expect(reasonOf(() => openStored(relabelled, new KeyRing(renamed)))).toBe("TAMPERED");
  });

  test("of no key that is known", () => {
    expect(reasonOf(() => openStored(join({ ...envelope, keyId: "AAAAAAAAAAA" })))).toBe("UNDECRYPTABLE");
  });
});

test("parts of two envelopes of one place do not mix", () => {
  const other = parts(encryptValue(JSON.stringify({ token: "y".repeat(21) }), keyA, place));
  for (const part of ["salt", "commitment", "tag", "ciphertext"] as const) {
    expect(reasonOf(() => openStored(join({ ...envelope, [part]: other[part] })))).toBe("TAMPERED");
    expect(reasonOf(() => openStored(join({ ...other, [part]: envelope[part] })))).toBe("TAMPERED");
  }
});

test("20 000 mutated envelopes neither open, nor pass for plaintext, nor fail in another way", () => {
  checkMutatedEnvelopes(20_000);
});
