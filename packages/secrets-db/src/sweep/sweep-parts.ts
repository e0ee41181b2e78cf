import { type RawBuilder, sql } from "kysely";
import type { PhysicalOrder } from "../database/dialect.ts";
import type { OpenDatabase } from "../database/open-database.ts";
import { type RowWindow, rowWindows, WINDOW_BYTES, WINDOW_ROWS, wholeTable } from "../rows/row-windows.ts";

/** Some rows, few enough for one transaction. */
export type SweepPart = { readonly window: RowWindow } | { readonly place: RawBuilder<boolean> };

/** So few are found by the index, and so are fewer than the table has pages. */
const FEW_ROWS = 2_000;
const PAGES_OF_A_PART = 64;
/** About eight thousand rows of the usual size: so many dead entries are walked in milliseconds. */
const PAGES_OF_A_LATER_PART = 1024;

/**
 * The parts for a first pass over many rows: where the database has a physical order, that one. Ids are random, so in
 * their order every row would dirty another page, and PostgreSQL logs a page whole when it is dirtied first after a
 * checkpoint.
 *
 * Rows that move meanwhile, and pages with large values, are left to the later passes.
 *
 * @param from which rows: those under this key, or with null those that are not encrypted
 * @param rows about how many there are
 */
export async function* firstParts(
  database: OpenDatabase,
  from: string | null,
  rows: number,
  signal: AbortSignal,
): AsyncGenerator<SweepPart> {
  const { physicalOrder } = database.dialect;
  const pages = await pagesOf(database, signal);
  if (physicalOrder === undefined || rows < FEW_ROWS || rows < pages) {
    for await (const window of rowWindows(database, from, wholeTable, signal)) yield { window };
    return;
  }
  const parts = Math.ceil(pages / PAGES_OF_A_PART);
  const walk = new PartWalk(parts);
  let emptyParts = 0;
  for (let part = walk.next(false); part !== undefined; part = walk.next(emptyParts > 0)) {
    signal.throwIfAborted();
    const fitting = await fittingPages(database, physicalOrder, from, part * PAGES_OF_A_PART, signal);
    for (const [begin, end] of fitting) yield { place: physicalOrder.within(begin, end) };
    emptyParts = fitting.length === 0 ? emptyParts + 1 : 0;
    // So many in a row, taken at random: other processes have done nearly all.
    if (emptyParts >= Math.max(16, parts / 20)) return;
  }
}

/**
 * Which part comes next: the neighbour, as long as there is something to do, else one at random. Processes that only
 * walked on would catch up with each other, and from then on do everything together.
 */
class PartWalk {
  readonly #isTaken: Uint8Array;
  #left: number;
  #last: number;

  constructor(parts: number) {
    this.#isTaken = new Uint8Array(parts);
    this.#left = parts;
    this.#last = Math.floor(Math.random() * parts) - 1;
  }

  /** Each part once; undefined after the last one. */
  next(jumps: boolean): number | undefined {
    if (this.#left === 0) return undefined;
    const parts = this.#isTaken.length;
    let part = jumps ? Math.floor(Math.random() * parts) : (this.#last + 1) % parts;
    while (this.#isTaken[part]) part = (part + 1) % parts;
    this.#isTaken[part] = 1;
    this.#left--;
    this.#last = part;
    return part;
  }
}

/** The pages of a part, together or in pieces, that hold such rows and no more than fits. */
async function fittingPages(
  { statements }: OpenDatabase,
  physicalOrder: PhysicalOrder,
  from: string | null,
  first: number,
  signal: AbortSignal,
): Promise<[number, number][]> {
  const fitting: [number, number][] = [];
  const pieces: [number, number][] = [[first, first + PAGES_OF_A_PART]];
  for (let piece = pieces.pop(); piece !== undefined; piece = pieces.pop()) {
    const [begin, end] = piece;
    const found = await statements.read({ signal }, (session) =>
      session.first(
        session.db
          .selectFrom("archestra_secrets")
          .select(({ fn }) => [
            fn.countAll<number>().as("rows"),
            fn.sum<number | null>(sql`octet_length(value)`).as("bytes"),
          ])
          .where(physicalOrder.within(begin, end))
          .where("value", "is not", null)
          .where("key_id", from === null ? "is" : "=", from),
      ),
    );
    const rows = Number(found?.rows ?? 0);
    if (rows === 0) continue;
    if (rows <= 4 * WINDOW_ROWS && Number(found?.bytes) <= WINDOW_BYTES) fitting.push(piece);
    else if (end - begin > 1) {
      const middle = Math.floor((begin + end) / 2);
      pieces.push([middle, end], [begin, middle]);
    }
  }
  return fitting;
}

/**
 * The parts for a later pass, which finds the rows that are left, in the order of ids. Replaced rows have left dead entries in the
 * index; cut by the first digits of ids, which are random, no statement has to walk many of them.
 */
export async function* laterParts(
  database: OpenDatabase,
  from: string | null,
  signal: AbortSignal,
): AsyncGenerator<SweepPart> {
  for (const part of cutByDigits(await pagesOf(database, signal))) {
    for await (const window of rowWindows(database, from, part, signal)) yield { window };
  }
}

/** How many pages the table has; 0 where their order is of no use. */
async function pagesOf({ statements, dialect }: OpenDatabase, signal: AbortSignal): Promise<number> {
  const { physicalOrder } = dialect;
  if (physicalOrder === undefined) return 0;
  return statements.read({ signal }, (session) => physicalOrder.pages(session));
}

function cutByDigits(pages: number): RowWindow[] {
  let boundaries = [""];
  for (let size = pages; size > PAGES_OF_A_LATER_PART; size /= 16) {
    boundaries = boundaries.flatMap((boundary) => [..."0123456789abcdef"].map((digit) => boundary + digit));
  }
  const inner = boundaries.slice(1);
  return [{ after: "", last: inner[0] }, ...inner.map((after, index) => ({ after, last: inner[index + 1] }))];
}
