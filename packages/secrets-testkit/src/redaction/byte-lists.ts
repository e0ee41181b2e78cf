/** The least number of bytes that a list must have to be searched. */
const SHORTEST = 8;

/** Decimal bytes, as of `inspect(new Uint8Array(…))`, `String(bytes)` and the JSON of a Buffer. */
const decimalList = /\d{1,3}(?:\s*,\s*\d{1,3})+/g;
/** The indexes in the JSON of a Uint8Array, `{"0":1,"1":2}`. */
const indexes = /"\d+"\s*:\s*/g;
/** Hexadecimal bytes with separators, as of `inspect(buffer)`, `0x01, 0x02`, `01:02`, `\x01\x02` and `%01%02`. */
const hexList = /[0-9a-f]{2}(?:(?:[\s,:_.%-]|0x|\\{1,2}x)+[0-9a-f]{2}(?![0-9a-f]))+/gi;

/** Returns the lists of bytes in a text, each as hexadecimal digits in lower case. */
export function byteListsIn(text: string): string[] {
  const decimal = text.replaceAll(indexes, "").match(decimalList) ?? [];
  const hex = text.match(hexList) ?? [];
  const lists = [
    ...decimal.map((list) => hexOf(list.split(",").map(Number))),
    ...hex.map((list) => list.replaceAll(/0x|\\{1,2}x|[^0-9a-f]/gi, "").toLowerCase()),
  ];
  return lists.filter((list) => list.length >= 2 * SHORTEST);
}

/** A number that is not a byte ends a run of bytes. */
function hexOf(numbers: readonly number[]): string {
  return numbers.map((number) => (number < 256 ? number.toString(16).padStart(2, "0") : " ")).join("");
}
