import { SecretsError } from "../errors/secrets-error.ts";

/** A number that has to be compared digit by digit. */
interface Decimal {
  readonly isNegative: boolean;
  /** Without zeros at either end. Empty: the number is zero. */
  readonly digits: string;
  /** The power of ten of the first digit. */
  readonly exponent: number;
}

/**
 * Refuses JSON with a number that a JavaScript number does not hold digit by digit: `JSON.parse` would round it, and
 * writing the parsed value somewhere else would lose digits.
 *
 * A backend calls it for a read with `exactNumbers`, on the text that its store gave.
 *
 * @param json valid JSON; other text gives no useful answer
 * @throws SecretsError INVALID_VALUE, reason NUMBER_NOT_EXACT
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

/** Digits, the signs, the point and the letter of the exponent. */
function isOfNumber(character: number): boolean {
  return isDigit(character) || "+-.eE".includes(String.fromCharCode(character));
}

/** The index of the quote that ends a text. */
function endOfText(json: string, start: number): number {
  for (let index = start + 1; index < json.length; index++) {
    const character = json.charCodeAt(index);
    if (character === BACKSLASH) index++;
    else if (character === QUOTE) return index;
  }
  return json.length;
}

/** Whether JavaScript writes a number with the same digits that it read. */
function isExact(text: string): boolean {
  const number = Number(text);
  const written = String(number);
  if (written === text) return true;
  if (!Number.isFinite(number)) return false;
  const read = decimalOf(text);
  const kept = decimalOf(written);
  // JSON has no use for the sign of a zero.
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
  // Not by a regular expression, which would try the end again from each of many zeros.
  let end = all.length;
  while (end > start && all[end - 1] === "0") end--;
  return { isNegative, digits: all.slice(start, end), exponent: Number(power) + whole.length - start };
}

function notExact(): SecretsError {
  return new SecretsError(
    "INVALID_VALUE",
    "The stored value contains a number with more digits than a JavaScript number holds. It would be rounded where the value is written again, so it stays where it is. Store the number as a string at its present place, then repeat the call.",
    { reason: "NUMBER_NOT_EXACT" },
  );
}
