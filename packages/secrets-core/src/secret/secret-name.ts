import { printableText } from "../errors/printable-text.ts";
import { SecretsError } from "../errors/secrets-error.ts";

/** The longest segment of a name, in bytes of UTF-8. A store with a lower limit rejects longer names itself. */
export const MAX_SEGMENT_BYTES = 255;
/** The longest name, in bytes of UTF-8. */
export const MAX_NAME_BYTES = 512;

/** The rule of the grammar that a name violates: the `reason` of the error. */
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

const allowedCharacter = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const invisibleCharacter = /\p{Default_Ignorable_Code_Point}/u;
/** Most names. Only their length can violate a rule. */
const plainName = /^[A-Za-z0-9_:-]+(?:\/[A-Za-z0-9_:-]+)*$/;

/**
 * Rejects a name that violates the grammar. All backends share one grammar, so that every secret can move to any of them.
 *
 * A name consists of segments of letters, marks, numbers, punctuation, symbols and spaces, separated by `/`. It has no empty
 * segment, no segment `.`, no `..`, and no space at either end of a segment. It is in NFC, and has at most 255 bytes a segment
 * and 512 in all. It is case-sensitive. `%`, `?`, `#` and `\` are ordinary characters.
 *
 * @throws TypeError when it is not a string
 * @throws SecretsError INVALID_ARGUMENT with the rule as `reason`
 * @example
 * assertSecretName("team-a/slack");
 */
export function assertSecretName(name: unknown): asserts name is string {
  if (typeof name !== "string")
    throw new TypeError(`A secret's name must be a string, not ${describeType(name)}.`);
  const broken = findBrokenRule(name);
  if (broken === undefined) return;
  const message = `The secret name "${printableText(name, 80)}" is invalid: ${broken.problem}`;
  throw new SecretsError("INVALID_ARGUMENT", message, { reason: broken.rule });
}

/**
 * Returns whether a name follows the grammar. Another program may have stored a name that does not.
 *
 * @example
 * if (isSecretName(name)) count++;
 */
export function isSecretName(name: string): boolean {
  return findBrokenRule(name) === undefined;
}

function findBrokenRule(name: string): { rule: SecretNameRule; problem: string } | undefined {
  if (name === "") return { rule: "NAME_EMPTY", problem: "it is empty." };
  if (plainName.test(name)) {
    if (name.length <= MAX_SEGMENT_BYTES) return undefined;
  } else {
    for (const character of name) {
      if (!allowedCharacter.test(character) || invisibleCharacter.test(character)) {
        return {
          rule: "NAME_CHARACTER",
          problem: `it contains ${codePoint(character)}. Only letters, marks, numbers, punctuation, symbols and spaces are allowed, and no invisible characters.`,
        };
      }
    }
    if (name !== name.normalize("NFC")) {
      return {
        rule: "NAME_NOT_NORMALIZED",
        problem: 'it is not in Unicode normalization form C. Pass name.normalize("NFC").',
      };
    }
    if (name.includes("..")) return { rule: "NAME_DOUBLE_DOT", problem: "it contains `..`." };
  }
  for (const segment of name.split("/")) {
    if (segment === "") {
      return {
        rule: "NAME_EMPTY_SEGMENT",
        problem: "it has an empty segment: a `/` at either end, or two in a row.",
      };
    }
    if (segment === ".") return { rule: "NAME_DOT_SEGMENT", problem: "one of its segments is `.`." };
    if (segment.startsWith(" ") || segment.endsWith(" ")) {
      return { rule: "NAME_EDGE_SPACE", problem: "a segment begins or ends with a space." };
    }
    const bytes = Buffer.byteLength(segment);
    if (bytes > MAX_SEGMENT_BYTES) {
      return {
        rule: "NAME_SEGMENT_TOO_LONG",
        problem: `a segment has ${bytes} bytes of UTF-8, more than ${MAX_SEGMENT_BYTES}. Split it with \`/\` or shorten it.`,
      };
    }
  }
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_NAME_BYTES) {
    return { rule: "NAME_TOO_LONG", problem: `it has ${bytes} bytes of UTF-8, more than ${MAX_NAME_BYTES}.` };
  }
  return undefined;
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

function describeType(value: unknown): string {
  return value === null ? "null" : typeof value;
}

/**
 * Compares names by their bytes in UTF-8, as `COLLATE "C"` and SQLite's BINARY sort. JavaScript's own order differs: it sorts
 * characters beyond U+FFFF before U+E000 to U+FFFF.
 *
 * @example
 * names.sort(compareNames);
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

/** Sorts surrogates, which encode code points from U+10000 on, after every other UTF-16 unit. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** Sorts after every character of a name. */
const LAST = "\u{10ffff}";

/**
 * Returns the folder directly below a prefix that contains a name, with a `/` at its end.
 *
 * @returns undefined for a name without a `/` after the prefix
 */
export function folderBehind(prefix: string, name: string): string | undefined {
  const slash = name.indexOf("/", prefix.length);
  return slash === -1 ? undefined : name.slice(0, slash + 1);
}

/** Returns a position after all names in a folder and before the next name. */
export function endOfFolder(folder: string): string {
  return folder + LAST;
}
