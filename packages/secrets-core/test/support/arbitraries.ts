import fc from "fast-check";

const allowed = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const invisible = /\p{Default_Ignorable_Code_Point}/u;

/** Every character that a segment may hold, but for the `/` that splits segments. */
const nameCharacters = Array.from({ length: 0x110000 }, (_, codePoint) =>
  String.fromCodePoint(codePoint),
).filter((character) => character !== "/" && allowed.test(character) && !invisible.test(character));
const nameCharacter = fc.oneof(
  fc.constantFrom(..."abcXYZ019_-:.%?#\\ éß漢🙂"),
  fc.nat(nameCharacters.length - 1).map((index) => nameCharacters[index] ?? ""),
);

function cutToBytes(text: string, bytes: number): string {
  let cut = "";
  for (const character of text) {
    if (Buffer.byteLength(cut + character) > bytes) break;
    cut += character;
  }
  return cut;
}

const segment = fc
  .array(nameCharacter, { minLength: 1, maxLength: 300 })
  .map((characters) => cutToBytes(characters.join("").normalize("NFC"), 255).trim())
  .filter((text) => text !== "" && text !== "." && !text.includes(".."));

/** Names that keep the grammar, from one letter to the longest that is allowed. */
export const secretName = fc
  .array(segment, { minLength: 1, maxLength: 8 })
  .map((segments) => {
    while (Buffer.byteLength(segments.join("/")) > 512) segments.pop();
    return segments.join("/");
  })
  .filter((name) => name === name.normalize("NFC"));

const text = fc.string({ unit: "binary", maxLength: 20 });
const key = fc.oneof(
  { weight: 4, arbitrary: text },
  fc.constantFrom("__proto__", "constructor", "toJSON", "toString", "then", "", "0", "length", "<&>"),
);
const scalar = fc.oneof(
  text,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom(null, 0, -0, "", "\u2028", "<", Number.MAX_VALUE, Number.MIN_VALUE),
);

/** `Object.fromEntries` makes own properties of every key, `__proto__` included. */
function objectOf<Value>(value: fc.Arbitrary<Value>, minLength = 0): fc.Arbitrary<Record<string, Value>> {
  return fc
    .uniqueArray(fc.tuple(key, value), { minLength, maxLength: 6, selector: ([name]) => name })
    .map((entries) => Object.fromEntries(entries));
}

const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    scalar,
    fc.array(tie("json"), { maxLength: 4 }),
    objectOf(tie("json")),
  ),
}));

/** JSON objects, also empty ones. */
export const secretValue = objectOf(json);
