import type { FileHandle } from "node:fs/promises";

/** Milliseconds that a start blocks for the writer of a pipe. */
const START_TIMEOUT = 2_000;
/** The same for reads that do not block. */
const READ_TIMEOUT = 5_000;
const POLL_INTERVAL = 10;
const CHUNK = 64 * 1_024;

/**
 * Reads a text file. It opens a pipe without waiting for a writer, as `readFileSync` would block the process for ever if there
 * is none.
 *
 * @throws the error of the file system; an error with the code ETIMEDOUT when no process wrote to a pipe in time
 */
export function readTextFile(path: string): string {
  // Importing `node:fs` takes two milliseconds, and most starts read no file.
  const fs = process.getBuiltinModule("node:fs");
  const file = fs.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
  try {
    if (!fs.fstatSync(file).isFIFO()) return fs.readFileSync(file, "utf8");
    const pipe = new PipeText(START_TIMEOUT);
    const pause = new Int32Array(new SharedArrayBuffer(4));
    while (!pipe.take(bytesOf(() => fs.readSync(file, pipe.chunk)))) Atomics.wait(pause, 0, 0, POLL_INTERVAL);
    return pipe.text;
  } finally {
    fs.closeSync(file);
  }
}

/**
 * Reads a text file without blocking, such as credentials that the application reads again while it runs.
 *
 * @param path the file
 * @param signal ends the wait for a pipe. Absent: it ends after five seconds
 * @throws the error of the file system; an error with the code ETIMEDOUT when no process wrote to a pipe in time; the
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
  for (;;) {
    const { bytesRead } = await file.read(pipe.chunk, 0, CHUNK, null).catch((error: unknown) => {
      if (isEmptyPipe(error)) return { bytesRead: undefined };
      throw error;
    });
    if (pipe.take(bytesRead)) return pipe.text;
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
    signal?.throwIfAborted();
  }
}

/** Collects the text of a pipe, which ends when its writer closes it. */
class PipeText {
  /** Receives the bytes of the next read. */
  readonly chunk = Buffer.alloc(CHUNK);
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
   * Adds the bytes of a read into `chunk`.
   *
   * @param bytes the number of bytes. 0: no process has the other end open. Undefined: none has written yet
   * @returns whether the text is complete
   */
  take(bytes: number | undefined): boolean {
    if (bytes === 0 && this.#parts.length > 0) return true;
    if (bytes !== undefined && bytes > 0) this.#parts.push(Buffer.from(this.chunk.subarray(0, bytes)));
    if (performance.now() - this.#startedAt < this.#timeout) return false;
    throw Object.assign(new Error("No process wrote to the pipe in time."), { code: "ETIMEDOUT" });
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
