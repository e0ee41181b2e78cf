import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classifyStoredValue, encryptValue, parseJsonObject } from "../../src/encryption/envelope.ts";
import { keyA, place } from "./fixtures.ts";

const stored = encryptValue('{"token":"x"}', keyA, place);
const envelope = (JSON.parse(stored) as { __encrypted: string }).__encrypted;
const kindOf = (value: unknown) => classifyStoredValue(JSON.stringify(value)).kind;

test("an envelope is classified with its parts", () => {
  expect(classifyStoredValue(stored)).toMatchObject({ kind: "encrypted", envelope: { keyId: keyA.id } });
});

test("a plain object is plaintext, as it is stored", () => {
  expect(classifyStoredValue('{ "b": 1,\n"a": 1.0 }')).toEqual({
    kind: "plaintext",
    json: '{ "b": 1,\n"a": 1.0 }',
  });
});

describe("what an application stores under the same name is plaintext", () => {
  test.each([
    ["an envelope with a sibling", { __encrypted: envelope, kid: "x" }],
    ["an envelope with a sibling before it", { kid: "x", __encrypted: envelope }],
    ["an envelope with an own __proto__", JSON.parse(`{"__proto__":{},"__encrypted":"${envelope}"}`)],
    ["an envelope in an object", { secret: { __encrypted: envelope } }],
    ["an envelope in an array", { __encrypted: [envelope] }],
    ["an object", { __encrypted: {} }],
    ["a number", { __encrypted: 1 }],
    ["null", { __encrypted: null }],
    ["a boolean", { __encrypted: true }],
    ["an empty string", { __encrypted: "" }],
    ["a word", { __encrypted: "yes" }],
    ["no digits", { __encrypted: "v:abc" }],
    ["other digits", { __encrypted: "v٢:abc" }],
    ["no colon", { __encrypted: "v2" }],
    ["a capital", { __encrypted: envelope.replace("v2", "V2") }],
    ["a space before", { __encrypted: ` ${envelope}` }],
    ["another key", { __Encrypted: envelope }],
    ["nothing", {}],
  ])("%s", (_, value) => {
    expect(kindOf(value)).toBe("plaintext");
  });
});

describe("an unknown version is never plaintext", () => {
  test.each(["v0:", "v3:", "v9:abc", "v22:abc", "v02:abc", "v15:", `v${"9".repeat(400)}:x`])("%s", (text) => {
    expect(kindOf({ __encrypted: text })).toBe("unsupported");
  });
});

describe("a known version of a wrong shape is never plaintext", () => {
  test.each([
    ["v1 and nothing", "v1:"],
    ["v2 and nothing", "v2:"],
    ["a word after v1", "v1:hello"],
    ["a word after v2", "v2:hello"],
    ["a v2 envelope that says v1", envelope.replace("v2:", "v1:")],
    ["an impossible length", `${envelope}AA`],
    ["no parts", `v2:${"A".repeat(100)}`],
  ])("%s", (_, text) => {
    expect(kindOf({ __encrypted: text })).toBe("malformed");
  });
});

test("a million colons or characters are refused at once", () => {
  for (const text of [":".repeat(1_000_000), "A".repeat(1_000_001), "A:".repeat(500_000)]) {
    expect(kindOf({ __encrypted: `v2:${text}` })).toBe("malformed");
    expect(kindOf({ __encrypted: `v1:${text}` })).toBe("malformed");
  }
});

test("a value that no column should contain is refused without being parsed", () => {
  expect(classifyStoredValue(`{"a":"${"x".repeat(33 * 1024 * 1024)}"}`).kind).toBe("malformed");
});

describe("a text that is not a JSON object is malformed, and its content is not revealed", () => {
  test.each([
    ["", "nothing"],
    ["planted-value", "a word"],
    ['{"token":"planted-value"', "a cut object"],
    ['"planted-value"', "a string"],
    ['["planted-value"]', "an array"],
    ["1", "a number"],
    ["null", "null"],
    ['\ufeff{"token":"planted-value"}', "a byte order mark"],
    ["[".repeat(1_000_000), "deep nesting"],
  ])("%.20s: %s", (text) => {
    const found = classifyStoredValue(text);
    expect(found).toEqual({ kind: "malformed" });
    expect(inspect(found)).not.toContain("planted");
    expect(parseJsonObject(text)).toBeUndefined();
  });
});

test("any object that is not an envelope is plaintext, and any other text is malformed", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
      expect(kindOf(value)).toBe(isObject ? "plaintext" : "malformed");
    }),
  );
});
