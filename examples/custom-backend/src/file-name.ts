import { join } from "node:path";

/** The length that every file system accepts for one name, without the extension of a lock. */
const PIECE = 200;
const EXTENSION = ".age";

/**
 * The path of a secret: its name in hexadecimal, split into folders when it is too long for one file name. Two names
 * never have the same path, even if the file system ignores case, and paths sort like the bytes of the names.
 */
export function pathOfSecret(folder: string, name: string): string {
  return join(folder, ...piecesOf(hexOf(name))) + EXTENSION;
}

/** The name that an entry of a folder represents. Undefined: not a secret, such as a lock. */
export function piecesOfEntry(entry: { readonly name: string; isDirectory(): boolean }): Piece | undefined {
  const isFolder = entry.isDirectory();
  if (!isFolder && !entry.name.endsWith(EXTENSION)) return undefined;
  const hex = isFolder ? entry.name : entry.name.slice(0, -EXTENSION.length);
  return /^(?:[0-9a-f]{2})+$/.test(hex) && (!isFolder || hex.length === PIECE)
    ? { hex, isFolder }
    : undefined;
}

/** A part of a name in hexadecimal: the last one, or one that a folder represents. */
export interface Piece {
  readonly hex: string;
  readonly isFolder: boolean;
}

export function hexOf(name: string): string {
  return Buffer.from(name).toString("hex");
}

export function nameOf(hex: string): string {
  return Buffer.from(hex, "hex").toString();
}

function piecesOf(hex: string): string[] {
  return hex.match(new RegExp(`.{1,${PIECE}}`, "g")) ?? [];
}
