import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/** How often a reader is looked for, in milliseconds. */
const POLL = 5;

/**
 * Files that hold a program while it reads them: each is a pipe, whose reader is blocked until its content is written. So the
 * program is provably alive meanwhile.
 */
export class FedFiles {
  readonly #folder: string;
  readonly #contents: ReadonlyMap<string, string>;
  #timer: NodeJS.Timeout | undefined;

  /** @param contents the contents of the files, by their names in a folder */
  constructor(folder: string, contents: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#contents = new Map(Object.entries(contents));
    for (const name of this.#contents.keys()) this.#make(name);
  }

  /** Feeds each reader, after `whileHeld` was called, until `stop`. */
  start(whileHeld: (name: string) => void): void {
    this.#timer = setInterval(() => {
      for (const [name, content] of this.#contents) {
        const writer = this.#writerOf(name);
        if (writer === undefined) continue;
        // Another one: a second reader must not receive the end of the first one's content.
        rmSync(join(this.#folder, name));
        this.#make(name);
        try {
          whileHeld(name);
        } finally {
          this.#write(writer, content);
          closeSync(writer);
        }
      }
    }, POLL);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #make(name: string): void {
    execFileSync("mkfifo", ["-m", "600", join(this.#folder, name)]);
  }

  /** Undefined: the file has no reader. */
  #writerOf(name: string): number | undefined {
    try {
      return openSync(join(this.#folder, name), constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENXIO") return undefined;
      throw error;
    }
  }

  /** A reader that was killed meanwhile needs no content. */
  #write(writer: number, content: string): void {
    try {
      writeSync(writer, content);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
    }
  }
}
