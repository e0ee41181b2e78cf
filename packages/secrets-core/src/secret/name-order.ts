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
