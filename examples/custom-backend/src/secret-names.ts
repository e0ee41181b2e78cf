import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ListRange } from "@archestra/secrets-core/plugin";
import { hexOf, nameOf, type Piece, piecesOfEntry } from "./file-name.ts";

/** The names of the secrets of a folder, in the order of their bytes. Only the entries of one folder are in memory. */
export async function* secretNames(folder: string, { prefix, after }: ListRange): AsyncGenerator<string> {
  const range = { prefix: hexOf(prefix), after: hexOf(after ?? "") };
  for await (const hex of walk(folder, "", range)) yield nameOf(hex);
}

type HexRange = { readonly prefix: string; readonly after: string };

async function* walk(folder: string, above: string, range: HexRange): AsyncGenerator<string> {
  for (const piece of await piecesIn(folder)) {
    const hex = above + piece.hex;
    if (piece.isFolder && mayHold(hex, range)) yield* walk(join(folder, piece.hex), hex, range);
    if (!piece.isFolder && hex.startsWith(range.prefix) && hex > range.after) yield hex;
  }
}

/** Whether names with this prefix can be in the range. */
function mayHold(hex: string, { prefix, after }: HexRange): boolean {
  return (hex.startsWith(prefix) || prefix.startsWith(hex)) && hex >= after.slice(0, hex.length);
}

async function piecesIn(folder: string): Promise<Piece[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const pieces = entries.map(piecesOfEntry).filter((piece) => piece !== undefined);
  return pieces.sort(
    (left, right) => compare(left.hex, right.hex) || Number(left.isFolder) - Number(right.isFolder),
  );
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
