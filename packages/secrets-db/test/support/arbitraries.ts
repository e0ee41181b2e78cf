import type { SecretValue } from "@archestra/secrets-core";
import fc from "fast-check";

/** Astral characters and those from U+E000 on, which JavaScript sorts the other way round than UTF-8. */
const edges = ["\u{1F600}", "\u{10000}", "\u{1D4D0}", "\uFF21", "\uFFFD", "\uFB01"];

const segment = fc
  .array(fc.constantFrom(..."abzAZ09_-.%?#\\ éß漢", ...edges), { minLength: 1, maxLength: 20 })
  .map((characters) => characters.join("").normalize("NFC").trim())
  .filter((text) => text !== "" && text !== "." && !text.includes(".."));

/** Names that keep the grammar. */
export const secretName = fc
  .array(segment, { minLength: 1, maxLength: 4 })
  .map((segments) => segments.join("/"))
  .filter((name) => name === name.normalize("NFC"));

const key = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
  fc.constantFrom("__proto__", "constructor", "toJSON", "", "__encrypted", "0", "<&>\u2028"),
);

/** `Object.fromEntries` makes own properties of every key, `__proto__` included. */
function objectOf<Value>(value: fc.Arbitrary<Value>, minLength: number): fc.Arbitrary<Record<string, Value>> {
  return fc
    .uniqueArray(fc.tuple(key, value), { minLength, maxLength: 5, selector: ([name]) => name })
    .map((entries) => Object.fromEntries(entries));
}

const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.constantFrom(null, true, false, 0, "", "v1:", "v2:", Number.MAX_VALUE, Number.MIN_VALUE),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
    fc.array(tie("json"), { maxLength: 4 }),
    objectOf(tie("json"), 0),
  ),
}));

/** Values that keep the rules: JSON objects, also empty ones. */
export const secretValue = objectOf(json, 0) as fc.Arbitrary<SecretValue>;
