/** The number of characters of a secret that a message must not quote. `JSON.parse` quotes ten. */
const EXCERPT = 8;
/** The length of the hexadecimal form of an excerpt. */
const HEX_EXCERPT = 2 * EXCERPT;
/** The number of base64 characters that follow from the bytes of an excerpt alone, whatever its position. */
const BASE64_EXCERPT = 10;
/** A word of at least this length that mixes letters and digits is random: no message contains a part of it by chance. */
const RANDOM_WORD = 16;

/**
 * Returns the parts of a secret text that show that it leaked: the whole text and, of each random word in it, every run of
 * eight characters, plain and encoded.
 *
 * @param shown texts that messages may show, such as an address. A part of one of them proves nothing
 */
export function excerptsOf(text: string, shown: readonly string[] = []): string[] {
  const excerpts = new Set<string>();
  for (const word of randomWordsIn(passwordIn(text) ?? text)) {
    for (const run of runsOf(word, EXCERPT)) excerpts.add(run);
    const bytes = Buffer.from(word);
    const hex = bytes.toString("hex");
    for (const run of runsOf(hex, HEX_EXCERPT)) excerpts.add(run).add(run.toUpperCase());
    for (const shift of [0, 1, 2]) {
      const base64 = bytes.subarray(shift).toString("base64url");
      // The last characters depend on the text that follows.
      for (const run of runsOf(base64.slice(0, -2), BASE64_EXCERPT)) excerpts.add(run);
    }
  }
  const isShown = (excerpt: string) => shown.some((other) => other.includes(excerpt));
  return [text, ...[...excerpts].filter((excerpt) => !isShown(excerpt))];
}

/** Its other parts, such as the host, may be shown. Undefined: the text is not a URL with a password. */
function passwordIn(text: string): string | undefined {
  if (!/^[a-z][a-z+.-]*:\/\//i.test(text)) return undefined;
  return URL.canParse(text) ? new URL(text).password : "";
}

function randomWordsIn(text: string): string[] {
  const words = text.split(/[^A-Za-z0-9+/]+/);
  return words.filter((word) => word.length >= RANDOM_WORD && /[A-Za-z]/.test(word) && /[0-9]/.test(word));
}

function runsOf(text: string, length: number): string[] {
  return Array.from({ length: Math.max(0, text.length - length + 1) }, (_, start) =>
    text.slice(start, start + length),
  );
}
