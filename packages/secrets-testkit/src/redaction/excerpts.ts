/** The number of characters of a secret that a message must not quote. `JSON.parse` quotes ten. */
const EXCERPT = 8;
/** The length of the hexadecimal form of an excerpt. */
const HEX_EXCERPT = 2 * EXCERPT;
/** The number of base64 characters that follow from the bytes of an excerpt alone, whatever its position. */
const BASE64_EXCERPT = 10;
/** A word of at least this length that mixes letters and digits is random: no message contains a part of it by chance. */
const RANDOM_WORD = 16;
/** The number of bytes from which an encoded key or token is random: shorter ones are words. */
const DECODED = 12;

/**
 * Returns the parts of a secret text that show that it leaked: the whole text and, of each random word in it, every run of
 * eight characters, plain and encoded, and of the bytes that it decodes to. Hexadecimal digits are in both cases.
 *
 * @param shown texts that messages may show, such as an address. A part of one of them proves nothing
 */
export function excerptsOf(text: string, shown: readonly string[] = []): string[] {
  const excerpts = new Set<string>();
  for (const word of randomWordsIn(passwordIn(text) ?? text)) {
    for (const run of runsOf(word, EXCERPT)) excerpts.add(run);
    const bytes = Buffer.from(word);
    for (const run of hexRunsOf(bytes)) excerpts.add(run);
    for (const shift of [0, 1, 2]) {
      const base64 = bytes.subarray(shift).toString("base64url");
      // The last characters depend on the text that follows.
      for (const run of runsOf(base64.slice(0, -2), BASE64_EXCERPT)) excerpts.add(run);
    }
  }
  for (const bytes of decodingsOf(passwordIn(text) ?? text)) {
    for (const run of hexRunsOf(bytes)) excerpts.add(run);
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

/** Returns the bytes that a text represents in base64, in one of its alphabets, or in hexadecimal digits. */
function decodingsOf(text: string): Buffer[] {
  const trimmed = text.trim();
  const decodings: Buffer[] = [];
  if (/^[A-Za-z0-9+/_-]+={0,2}$/.test(trimmed)) decodings.push(Buffer.from(trimmed, "base64"));
  const digits = trimmed.replaceAll(/[:-]/g, "");
  if (/^(?:[0-9a-f]{2})+$/i.test(digits)) decodings.push(Buffer.from(digits, "hex"));
  return decodings.filter((bytes) => bytes.length >= DECODED);
}

function hexRunsOf(bytes: Buffer): string[] {
  const runs = runsOf(bytes.toString("hex"), HEX_EXCERPT);
  return runs.flatMap((run) => [run, run.toUpperCase()]);
}

/** Returns every run of successive characters of a length. */
export function runsOf(text: string, length: number): string[] {
  return Array.from({ length: Math.max(0, text.length - length + 1) }, (_, start) =>
    text.slice(start, start + length),
  );
}
