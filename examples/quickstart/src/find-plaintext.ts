import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** Shorter texts, such as `on` or `5432`, occur by chance in any file. */
const SHORTEST_TEXT = 8;
/** Long texts are searched in pieces, because a database may spread one over several pages. */
const PIECE_BYTES = 64;

/** A match: the text and the file that contains it. */
export interface Finding {
  readonly text: string;
  readonly file: string;
}

/** Every text in a value. */
export function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (value === null || typeof value !== "object") return [];
  return Object.values(value).flatMap(textsOf);
}

/** Whether a match of a text is significant: the text is long enough, and not part of a name, which is not encrypted. */
export function isSignificant(text: string, names: readonly string[]): boolean {
  return text.length >= SHORTEST_TEXT && !names.some((name) => name.includes(text));
}

/** Searches every byte of every file of a folder for texts, verbatim and as JSON escapes them. */
export function findPlaintext(folder: string, texts: Iterable<string>): Finding[] {
  const files = filesOf(folder).map((path) => ({ path, bytes: readFileSync(path) }));
  return [...texts].flatMap((text) => {
    const pieces = [text, JSON.stringify(text).slice(1, -1)].flatMap(piecesOf);
    return files
      .filter(({ bytes }) => pieces.some((piece) => bytes.includes(piece)))
      .map(({ path }) => ({ text, file: relative(folder, path) }));
  });
}

/** All files in a folder and its subfolders. */
export function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function piecesOf(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const pieces: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    const piece = bytes.subarray(start, start + PIECE_BYTES);
    if (start === 0 || piece.length >= SHORTEST_TEXT) pieces.push(piece);
  }
  return pieces;
}
