import { SecretsError } from "../errors/secrets-error.ts";

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
  const written = String(Number(text));
  return written === text || canonical(written) === canonical(text);
}

/** Returns the same text for every spelling of a decimal number. The sign of a zero does not matter. */
function canonical(text: string): string {
  const sign = text.startsWith("-") ? "-" : "";
  const [mantissa = "", power = "0"] = text.slice(sign.length).split(/e/i);
  const [whole = "", fraction = ""] = mantissa.split(".");
  const all = whole + fraction;
  let start = 0;
  while (all[start] === "0") start++;
  // A regular expression would backtrack from each of many zeros.
  let end = all.length;
  while (end > start && all[end - 1] === "0") end--;
  const digits = all.slice(start, end);
  return digits === "" ? "0" : `${sign}${digits}e${Number(power) + whole.length - start}`;
}

function notExact(): SecretsError {
  const message =
    "The stored value contains a number with more digits than a JavaScript number can represent. Moving the value would round the number, so the secret was not moved. Store the number as a string in its present store, then repeat the call.";
  return new SecretsError("INVALID_VALUE", message, { reason: "NUMBER_NOT_EXACT" });
}
