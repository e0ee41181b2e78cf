import { inspect } from "node:util";
import { expect, test } from "vitest";
import { excerptsOf } from "../src/redaction/excerpts.ts";
import { expectNotShown, plantedText } from "../src/redaction/planted-text.ts";

const text = "Zk3vQ9xW1pLr7TbN5sYc2HdM8";

const pairsOf = (secret: string) => Buffer.from(secret).toString("hex").match(/../g) ?? [];

/** Whether the suites find that a text leaked into a message. */
function isFound(secret: string, message: string, shown: readonly string[] = []): boolean {
  try {
    expectNotShown([secret], new Error(message), "an error", shown);
    return false;
  } catch {
    return true;
  }
}

test.each([
  ["the whole text", text],
  [
    "ten characters of it, as JSON.parse quotes them",
    `Unexpected token 'Z', "${text.slice(0, 10)}"... is not valid JSON`,
  ],
  ["eight characters in its middle", text.slice(9, 17)],
  ["its hexadecimal form", Buffer.from(`{"token":"${text}"}`).toString("hex")],
  ["its hexadecimal form in upper case", Buffer.from(text).toString("hex").toUpperCase()],
  ["its base64 form", Buffer.from(`{"token":"${text}"}`).toString("base64")],
  ["its base64url form after two other bytes", Buffer.from(`ab${text}c`).toString("base64url")],
  ["a Buffer of it, as inspect() shows it", inspect(Buffer.from(`key=${text}`))],
  ["the JSON of a Buffer of it", JSON.stringify(Buffer.from(text))],
  ["the JSON of a Uint8Array of it", JSON.stringify(Uint8Array.from(Buffer.from(text)))],
  ["a Uint8Array of it, as inspect() shows it", inspect({ key: Uint8Array.from(Buffer.from(text)) })],
  ["eight of its bytes as decimal numbers", [...Buffer.from(text.slice(9, 17))].join(", ")],
  ["its hexadecimal form with colons", pairsOf(text).join(":")],
  [
    "its hexadecimal form as numbers of a language",
    pairsOf(text)
      .map((pair) => `0x${pair}`)
      .join(", "),
  ],
  [
    "its hexadecimal form with escapes",
    pairsOf(text)
      .map((pair) => `\\x${pair}`)
      .join(""),
  ],
])("a leak is found: %s", (_what, shown) => {
  expect(isFound(text, `The store answered ${shown}.`)).toBe(true);
});

const key = Buffer.from("000102030405060708090a0b0c0d0e0f1011121314151617", "hex");

test.each([
  ["base64", key.toString("base64")],
  ["base64url", key.toString("base64url")],
  ["hexadecimal digits", key.toString("hex")],
  ["hexadecimal digits with colons", (key.toString("hex").match(/../g) ?? []).join(":")],
])("a leak of the bytes of a key is found whose text is %s", (_what, secret) => {
  expect(isFound(secret, inspect({ key }))).toBe(true);
  expect(isFound(secret, JSON.stringify({ key }))).toBe(true);
  expect(isFound(secret, `key ${key.subarray(4, 12).toString("hex")}`)).toBe(true);
  expect(isFound(secret, inspect({ key: Buffer.from("another key of twenty-four") }))).toBe(false);
  expect(isFound(secret, inspect({ key: key.subarray(0, 7) }))).toBe(false);
});

test("seven successive characters of a random text prove nothing", () => {
  expect(isFound(text, text.slice(3, 10))).toBe(false);
});

test("a text that is not random is found only as a whole", () => {
  const license = "license-of-the-conformance-suite";
  expect(isFound(license, "the conformance suite")).toBe(false);
  expect(isFound(license, `the license ${license}`)).toBe(true);
});

test("of a URL, only the password is secret in parts", () => {
  const url = `postgres://role${text}:${text.toLowerCase()}@host4711databases.example/db`;
  expect(isFound(url, `role${text} on host4711databases.example`)).toBe(false);
  expect(isFound(url, text.toLowerCase().slice(4, 14))).toBe(true);
});

test("a part that a variable without a secret has too may be shown", () => {
  expect(isFound(text, text.slice(0, 12), [`https://${text.slice(0, 12)}.example`])).toBe(false);
  expect(isFound(text, text.slice(10), [`https://${text.slice(0, 12)}.example`])).toBe(true);
});

test("a planted text is random in every part", () => {
  const planted = plantedText();
  expect(
    excerptsOf(planted).filter((excerpt) => planted.includes(excerpt) && excerpt.length === 8),
  ).toHaveLength(planted.length - 7);
});
