import type { FileHandle } from "node:fs/promises";

/** A start waits so long for a process that writes into a pipe, and does nothing else meanwhile. */
const START_TIMEOUT = 2_000;
/** The same while the application runs, which goes on. */
const READ_TIMEOUT = 5_000;
const POLL_INTERVAL = 10;
const CHUNK = 64 * 1_024;

/**
 * Reads a text file. One that is a pipe is opened without waiting for its writer: the usual way blocks the whole process,
 * for ever when there is none.
 *
 * @throws what the file system says; an error with the code ETIMEDOUT when nothing was written into a pipe in time
 */
export function readTextFile(path: string): string {
  // Not imported at the top: loading `node:fs` as a module takes two milliseconds, and most starts read no file.
  const fs = process.getBuiltinModule("node:fs");
  const file = fs.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
  try {
    if (!fs.fstatSync(file).isFIFO()) return fs.readFileSync(file, "utf8");
    const pipe = new PipeText(START_TIMEOUT);
    const chunk = Buffer.alloc(CHUNK);
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (;;) {
      if (
        pipe.take(
          chunk,
          bytesOf(() => fs.readSync(file, chunk)),
        )
      )
        return pipe.text;
      Atomics.wait(pause, 0, 0, POLL_INTERVAL);
    }
  } finally {
    fs.closeSync(file);
  }
}

/**
 * The same without blocking: for credentials that are read again while the application runs.
 *
 * @param path the file
 * @param signal ends the wait for a pipe. Absent: it ends after five seconds
 * @throws what the file system says; an error with the code ETIMEDOUT when nothing was written into a pipe in time; the
 * signal's reason
 * @example
 * const jwt = (await readFileInTime("/var/run/secrets/tokens/vault", signal)).trim();
 */
export async function readFileInTime(path: string, signal?: AbortSignal): Promise<string> {
  const { constants } = process.getBuiltinModule("node:fs");
  const { open } = process.getBuiltinModule("node:fs/promises");
  signal?.throwIfAborted();
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    if (!(await file.stat()).isFIFO()) return await file.readFile("utf8");
    return await readPipe(file, signal);
  } finally {
    await file.close();
  }
}

async function readPipe(file: FileHandle, signal: AbortSignal | undefined): Promise<string> {
  const pipe = new PipeText(READ_TIMEOUT);
  const chunk = Buffer.alloc(CHUNK);
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK, null).catch((error: unknown) => {
      if (isEmptyPipe(error)) return { bytesRead: undefined };
      throw error;
    });
    if (pipe.take(chunk, bytesRead)) return pipe.text;
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
    signal?.throwIfAborted();
  }
}

/** The text that comes through a pipe, which ends when its writer closes it. */
class PipeText {
  readonly #parts: Buffer[] = [];
  readonly #timeout: number;
  readonly #startedAt = performance.now();

  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  get text(): string {
    return Buffer.concat(this.#parts).toString("utf8");
  }

  /**
   * Takes what was read.
   *
   * @param bytes how many bytes of the chunk. 0: no process has the other end open. Undefined: none wrote anything yet
   * @returns whether it is complete
   */
  take(chunk: Buffer, bytes: number | undefined): boolean {
    if (bytes === 0 && this.#parts.length > 0) return true;
    if (bytes !== undefined && bytes > 0) this.#parts.push(Buffer.from(chunk.subarray(0, bytes)));
    if (performance.now() - this.#startedAt < this.#timeout) return false;
    throw Object.assign(new Error("Nothing was written into the pipe in time."), { code: "ETIMEDOUT" });
  }
}

function bytesOf(read: () => number): number | undefined {
  try {
    return read();
  } catch (error) {
    if (isEmptyPipe(error)) return undefined;
    throw error;
  }
}

function isEmptyPipe(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "EAGAIN";
}
