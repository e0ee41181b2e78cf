import { createSecretKey } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deriveEncryptionKey, EncryptionKey } from "../../src/encryption/encryption-key.ts";
import { createKeyRing, KeyRing, type KeyRingSecrets } from "../../src/encryption/key-ring.ts";

const unset: KeyRingSecrets = {
  encryptionSecret: undefined,
  previousSecrets: undefined,
  authSecret: undefined,
};
const id = (secret: string) => deriveEncryptionKey(secret).id;
const idsOf = (secrets: Partial<KeyRingSecrets>) =>
  createKeyRing({ ...unset, ...secrets })?.keys.map((key) => key.id);

describe("createKeyRing", () => {
  test("writes with the encryption secret, else with the auth secret", () => {
    expect(createKeyRing({ ...unset, encryptionSecret: "enc", authSecret: "auth" })?.current.id).toBe(
      id("enc"),
    );
    expect(createKeyRing({ ...unset, authSecret: "auth" })?.current.id).toBe(id("auth"));
    expect(idsOf({ authSecret: "auth" })).toEqual([id("auth")]);
  });

  test("has nothing to write with when neither is set", () => {
    expect(createKeyRing(unset)).toBeUndefined();
    expect(createKeyRing({ ...unset, previousSecrets: "old" })).toBeUndefined();
  });

  test("uses a previous text with commas whole, and each trimmed piece of at least 32 characters", () => {
    const [one, two] = ["1".repeat(32), "2".repeat(40)];
    const previousSecrets = `${one}, ${two} ,,${"3".repeat(31)}`;
    expect(idsOf({ encryptionSecret: "new", previousSecrets })).toEqual([
      id("new"),
      id(previousSecrets),
      id(one),
      id(two),
    ]);
    expect(idsOf({ encryptionSecret: "new", previousSecrets: "a,b" })).toEqual([id("new"), id("a,b")]);
    expect(idsOf({ encryptionSecret: "new", previousSecrets: "" })).toEqual([id("new")]);
  });

  test("uses a previous text without commas as it is and trimmed, unless only the trimmed one is too short", () => {
    expect(idsOf({ encryptionSecret: "new", previousSecrets: " old " })).toEqual([
      id("new"),
      id(" old "),
      id("old"),
    ]);
    const padded = `${"o".repeat(31)}\n`;
    expect(idsOf({ encryptionSecret: "new", previousSecrets: padded })).toEqual([id("new"), id(padded)]);
  });

  test.each([
    ["a JSON array", '["one, two ","three\\n", ""]'],
    ["a JSON array with whitespace around it", ' \n["one, two ", "three\\n"]\n'],
    ["a JSON array in the quotes of an env file", `'["one, two ","three\\n"]'`],
    ["an array in code", ["one, two ", "", "three\n"]],
  ])("uses exactly the strings of %s", (_, previousSecrets) => {
    expect(idsOf({ encryptionSecret: "new", previousSecrets })).toEqual([
      id("new"),
      id("one, two "),
      id("three\n"),
    ]);
  });

  test.each(['["a"', "[1]", '["a", 1]', "[a]", "[", '{"a":["b"]}'])(
    "uses %s, which is not a JSON array of strings, as one secret",
    (previousSecrets) => {
      expect(idsOf({ encryptionSecret: "new", previousSecrets })).toEqual([id("new"), id(previousSecrets)]);
    },
  );

  test("includes the auth secret as the last whenever it is set", () => {
    expect(idsOf({ encryptionSecret: "new", previousSecrets: "old", authSecret: "auth" })).toEqual([
      id("new"),
      id("old"),
      id("auth"),
    ]);
  });

  test("holds each key once, where it came first", () => {
    const previousSecrets = ["old", "same", "old"];
    expect(idsOf({ encryptionSecret: "same", previousSecrets, authSecret: "same" })).toEqual([
      id("same"),
      id("old"),
    ]);
  });
});

describe("createKeyRing, for any secrets", () => {
  const piece = fc.constantFrom(
    ",",
    "\n",
    "\r\n",
    '"',
    "'",
    "[",
    "]",
    "\\",
    " ",
    "\uFEFF",
    "a",
    "Z9",
    "é",
    "\u{1F600}",
  );
  const secret = fc
    .array(piece, { minLength: 1, maxLength: 60 })
    .map((pieces) => pieces.join(""))
    .filter((text) => text.trim() !== "");
  const strong = secret.map((text) => text.padEnd(32, "-x"));
  const unique = (ids: readonly string[]) => [...new Set(ids)];

  test("a JSON array and an array in code give exactly their secrets", () => {
    fc.assert(
      fc.property(fc.array(secret, { maxLength: 4 }), (secrets) => {
        const expected = unique(["new", ...secrets].map(id));
        expect(idsOf({ encryptionSecret: "new", previousSecrets: JSON.stringify(secrets) })).toEqual(
          expected,
        );
        expect(idsOf({ encryptionSecret: "new", previousSecrets: secrets })).toEqual(expected);
      }),
    );
  });

  test("any other text is one key as a whole", () => {
    fc.assert(
      fc.property(secret, (previousSecrets) => {
        fc.pre(!/^\s*["']?\s*\[/.test(previousSecrets));
        expect(idsOf({ encryptionSecret: "new", previousSecrets })).toContain(id(previousSecrets));
      }),
    );
  });

  test("strong secrets without commas and without whitespace at their ends can be separated by commas", () => {
    const listable = strong.map((text) => text.replaceAll(",", "").trim().padStart(32, "x-"));
    fc.assert(
      fc.property(fc.array(listable, { minLength: 2, maxLength: 4 }), (secrets) => {
        const previousSecrets = secrets.join(", ");
        const expected = unique(["new", previousSecrets, ...secrets].map(id));
        expect(idsOf({ encryptionSecret: "new", previousSecrets })).toEqual(expected);
      }),
    );
  });

  test("a previous text of at least 32 characters gives no key of a shorter secret", () => {
    fc.assert(
      fc.property(strong, (previousSecrets) => {
        fc.pre(!/^\s*["']?\s*\[/.test(previousSecrets));
        const ring = createKeyRing({ ...unset, encryptionSecret: "new", previousSecrets });
        const used = ring?.keys.slice(1).map((key) => key.withSecret((text) => text.length)) ?? [];
        expect(used.filter((length) => length < 32)).toEqual([]);
      }),
    );
  });
});

describe("KeyRing.find", () => {
  test("returns a list: the key of the id, or none", () => {
    const ring = createKeyRing({ ...unset, encryptionSecret: "new", previousSecrets: "old" });
    expect(ring?.find(id("old")).map((key) => key.id)).toEqual([id("old")]);
    expect(ring?.find(id("other"))).toEqual([]);
  });

  test("keeps two keys whose ids collide", () => {
    const twin = (secret: string) => new EncryptionKey("AAAAAAAAAAA", createSecretKey(Buffer.from(secret)));
    const [first, second] = [twin("first"), twin("second")];
    expect(new KeyRing(first, [second, twin("first")]).find("AAAAAAAAAAA")).toEqual([first, second]);
    expect(new KeyRing(first, [second, twin("first")]).keys).toHaveLength(2);
  });
});
