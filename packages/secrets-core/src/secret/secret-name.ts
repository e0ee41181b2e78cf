import { printableText } from "../errors/printable-text.ts";
import { SecretsError } from "../errors/secrets-error.ts";

/** The longest segment of a name, in bytes of UTF-8. A store that holds less refuses longer names itself. */
export const MAX_SEGMENT_BYTES = 255;
/** The longest name, in bytes of UTF-8. */
export const MAX_NAME_BYTES = 512;

/** The rule of the grammar that a name breaks; the `reason` of the error. */
export type SecretNameRule =
  | "NAME_EMPTY"
  | "NAME_NOT_NORMALIZED"
  | "NAME_CHARACTER"
  | "NAME_EMPTY_SEGMENT"
  | "NAME_DOT_SEGMENT"
  | "NAME_DOUBLE_DOT"
  | "NAME_EDGE_SPACE"
  | "NAME_SEGMENT_TOO_LONG"
  | "NAME_TOO_LONG";

/** Letters, marks, numbers, punctuation, symbols and the space; never a code point that does not show. */
const allowedCharacter = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const invisibleCharacter = /\p{Default_Ignorable_Code_Point}/u;
/** Most names: ASCII letters, digits and `_`, `-`, `:` in segments. They break no rule but the two lengths. */
const plainName = /^[A-Za-z0-9_:-]+(?:\/[A-Za-z0-9_:-]+)*$/;

/**
 * Refuses a name that breaks the grammar. There is one grammar for every backend, so that any secret can move to any other.
 *
 * Segments of letters, marks, numbers, punctuation, symbols and spaces, split by `/`. No empty segment, no segment `.`,
 * no `..` anywhere, no space at either end of a segment, NFC, at most 255 bytes a segment and 512 in all. Case counts.
 * `%`, `?`, `#` and `\` are ordinary characters.
 *
 * @throws TypeError when it is not a string
 * @throws SecretsError INVALID_ARGUMENT with the rule as `reason`
 */
export function assertSecretName(name: unknown): asserts name is string {
  if (typeof name !== "string")
    throw new TypeError(`A secret's name must be a string, not ${describeType(name)}.`);
  const broken = findBrokenRule(name);
  if (broken === undefined) return;
  throw new SecretsError(
    "INVALID_ARGUMENT",
    `The secret name ${quoteName(name)} is refused: ${broken.words}`,
    {
      reason: broken.rule,
    },
  );
}

/** Whether a name, perhaps one that somebody else wrote into the store, keeps the grammar. */
export function isSecretName(name: string): boolean {
  return findBrokenRule(name) === undefined;
}

function findBrokenRule(name: string): { rule: SecretNameRule; words: string } | undefined {
  if (name === "") return { rule: "NAME_EMPTY", words: "it is empty." };
  if (plainName.test(name)) {
    if (name.length <= MAX_SEGMENT_BYTES) return undefined;
  } else {
    for (const character of name) {
      if (!allowedCharacter.test(character) || invisibleCharacter.test(character)) {
        return {
          rule: "NAME_CHARACTER",
          words: `it contains ${codePoint(character)}. Letters, marks, numbers, punctuation, symbols and spaces are allowed, and nothing invisible.`,
        };
      }
    }
    if (name !== name.normalize("NFC")) {
      return {
        rule: "NAME_NOT_NORMALIZED",
        words: 'it is not in Unicode normalization form C. Pass name.normalize("NFC").',
      };
    }
    if (name.includes("..")) return { rule: "NAME_DOUBLE_DOT", words: "it contains `..`." };
  }
  for (const segment of name.split("/")) {
    if (segment === "") {
      return {
        rule: "NAME_EMPTY_SEGMENT",
        words: "it has an empty segment: a `/` at either end, or two in a row.",
      };
    }
    if (segment === ".") return { rule: "NAME_DOT_SEGMENT", words: "one of its segments is `.`." };
    if (segment.startsWith(" ") || segment.endsWith(" ")) {
      return { rule: "NAME_EDGE_SPACE", words: "a segment begins or ends with a space." };
    }
    const bytes = Buffer.byteLength(segment);
    if (bytes > MAX_SEGMENT_BYTES) {
      return {
        rule: "NAME_SEGMENT_TOO_LONG",
        words: `a segment has ${bytes} bytes of UTF-8, more than ${MAX_SEGMENT_BYTES}. Split it with \`/\` or shorten it.`,
      };
    }
  }
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_NAME_BYTES) {
    return { rule: "NAME_TOO_LONG", words: `it has ${bytes} bytes of UTF-8, more than ${MAX_NAME_BYTES}.` };
  }
  return undefined;
}

/** A name that may hold anything, fit for one line of a log: escaped and cut. */
function quoteName(name: string): string {
  return `"${printableText(name, 80)}"`;
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

function describeType(value: unknown): string {
  return value === null ? "null" : typeof value;
}

/**
 * The order of names everywhere: by the bytes of UTF-8, as `COLLATE "C"` and SQLite's BINARY sort.
 * JavaScript's own order differs: it puts characters beyond U+FFFF before U+E000 to U+FFFF.
 */
export function compareNames(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const leftUnit = left.charCodeAt(index);
    const rightUnit = right.charCodeAt(index);
    if (leftUnit !== rightUnit) return codePointRank(leftUnit) - codePointRank(rightUnit);
  }
  return left.length - right.length;
}

/** Moves the surrogates, which stand for code points from U+10000 on, behind every other UTF-16 unit. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** Behind every name that the grammar knows: no character of a name comes after it. */
const LAST = "\u{10ffff}";

/**
 * The folder directly behind a prefix that a name is in, with the `/` at its end.
 *
 * @returns undefined for a name without a `/` behind the prefix
 */
export function folderBehind(prefix: string, name: string): string | undefined {
  const slash = name.indexOf("/", prefix.length);
  return slash === -1 ? undefined : name.slice(0, slash + 1);
}

/** A place behind all names in a folder, and before everything else that follows. */
export function endOfFolder(folder: string): string {
  return folder + LAST;
}
