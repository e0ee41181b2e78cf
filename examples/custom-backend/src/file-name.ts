import { join } from "node:path";

/** Beside the extension of a lock, what every file system takes in one name. */
const PIECE = 200;
const EXTENSION = ".age";

/**
 * Where a secret lies: its name in hexadecimal, cut into folders where it is too long for one file name. No two names
 * have one path, not even where the file system ignores case, and paths sort as the bytes of the names do.
 */
export function pathOfSecret(folder: string, name: string): string {
  return join(folder, ...piecesOf(hexOf(name))) + EXTENSION;
}

/** What an entry of a folder stands for. Undefined: nothing of ours, such as a lock. */
export function piecesOfEntry(entry: { readonly name: string; isDirectory(): boolean }): Piece | undefined {
  const isFolder = entry.isDirectory();
  if (!isFolder && !entry.name.endsWith(EXTENSION)) return undefined;
  const hex = isFolder ? entry.name : entry.name.slice(0, -EXTENSION.length);
  return /^(?:[0-9a-f]{2})+$/.test(hex) && (!isFolder || hex.length === PIECE)
    ? { hex, isFolder }
    : undefined;
}

/** A part of a name in hexadecimal: the last one, or one that a folder stands for. */
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
