import { SecretsError } from "../errors/secrets-error.ts";

interface Decimal {
  readonly isNegative: boolean;
  /** Without zeros at either end. Empty: the number is zero. */
  readonly digits: string;
  /** The power of ten of the first digit. */
  readonly exponent: number;
}

/**
 * Rejects JSON with a number that a JavaScript number cannot represent exactly: `JSON.parse` would round it, and writing
 * the parsed value to another store would lose digits.
 *
 * A backend calls it for reads with `exactNumbers`, on the text from its store.
 *
 * @param json valid JSON
 * @throws SecretsError INVALID_VALUE, reason NUMBER_NOT_EXACT
 * @example
 * if (context.exactNumbers) assertExactNumbers(text);
 * const value = JSON.parse(text);
 */
export function assertExactNumbers(json: string): void {
  for (let index = 0; index < json.length; index++) {
    const character = json.charCodeAt(index);
    if (character === QUOTE) index = endOfText(json, index);
    else if (character === MINUS || isDigit(character)) {
      const start = index;
      while (isOfNumber(json.charCodeAt(index + 1))) index++;
      if (!isExact(json.slice(start, index + 1))) throw notExact();
    }
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;

function isDigit(character: number): boolean {
  return character >= 0x30 && character <= 0x39;
}

function isOfNumber(character: number): boolean {
  return isDigit(character) || "+-.eE".includes(String.fromCharCode(character));
}

/** The index of the quote that ends a string. */
function endOfText(json: string, start: number): number {
  for (let index = start + 1; index < json.length; index++) {
    const character = json.charCodeAt(index);
    if (character === BACKSLASH) index++;
    else if (character === QUOTE) return index;
  }
  return json.length;
}

/** Returns whether JavaScript writes a number with the digits that it read. */
function isExact(text: string): boolean {
  const number = Number(text);
  const written = String(number);
  if (written === text) return true;
  if (!Number.isFinite(number)) return false;
  const read = decimalOf(text);
  const kept = decimalOf(written);
  // The sign of a zero does not matter.
  if (read.digits === "") return kept.digits === "";
  return (
    read.digits === kept.digits && read.exponent === kept.exponent && read.isNegative === kept.isNegative
  );
}

function decimalOf(text: string): Decimal {
  const isNegative = text.startsWith("-");
  const [mantissa = "", power = "0"] = text.slice(isNegative ? 1 : 0).split(/e/i);
  const [whole = "", fraction = ""] = mantissa.split(".");
  const all = whole + fraction;
  let start = 0;
  while (all[start] === "0") start++;
  // A regular expression would backtrack from each of many zeros.
  let end = all.length;
  while (end > start && all[end - 1] === "0") end--;
  return { isNegative, digits: all.slice(start, end), exponent: Number(power) + whole.length - start };
}

function notExact(): SecretsError {
  return new SecretsError(
    "INVALID_VALUE",
    "The stored value contains a number with more digits than a JavaScript number can represent. Moving the value would round the number, so the secret was not moved. Store the number as a string in its present store, then repeat the call.",
    { reason: "NUMBER_NOT_EXACT" },
  );
}
