import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { testServerCache } from "./cache-folder.ts";
import { withFolderLock } from "./folder-lock.ts";
import { TestServerUnavailable } from "./server-unavailable.ts";

/** A server program, or a folder of one, that stays in the user's cache folder once it was downloaded or built. */
export interface CachedProgram {
  /** As a person calls it, with its version. */
  readonly title: string;
  /** Its folder in the cache, named after all that it is made from. */
  readonly folder: string;
  /** Its name in that folder. */
  readonly name: string;
  /** How it can be had, the best way first. */
  readonly ways: readonly ProgramWay[];
  /** What a person does when no way works, in one line. */
  readonly remedy: string;
}

export interface FindOptions {
  /**
   * Whether a program that takes minutes to obtain is obtained, when it is not in the cache folder.
   *
   * @default only in CI, where every test has to run
   */
  readonly obtain?: boolean | undefined;
}

/** What a person does to have the programs that take minutes to obtain. */
export const OBTAIN_ALL =
  "Run `npx --yes pnpm@12 test-servers` to obtain it, once, which takes minutes, then `npx --yes pnpm@12 test --force`.";

export interface ProgramWay {
  /** What it does, and how long that takes. */
  readonly what: string;
  /** Absent: on every machine. */
  readonly works?: () => Promise<boolean>;
  /** Makes the program under this name, beside the one it will have. */
  make(unfinished: string): Promise<void>;
}

/**
 * Finds a program that takes minutes to obtain in the cache folder, or obtains it when the options say so.
 *
 * @throws {TestServerUnavailable} when it is not there, or when no way works
 */
export async function slowProgram(
  program: CachedProgram,
  { obtain = Boolean(process.env.CI) }: FindOptions,
): Promise<string> {
  const cached = join(testServerCache(), program.folder, program.name);
  if (obtain || existsSync(cached)) return cachedProgram(program);
  throw new TestServerUnavailable(`There is no ${program.title} in ${testServerCache()}.`, OBTAIN_ALL);
}

/**
 * Finds a program in the cache folder, or obtains it, in the first of the ways that works. Processes that look at the same
 * time obtain it once.
 *
 * @returns its path
 * @throws {TestServerUnavailable} when no way works
 */
export async function cachedProgram(program: CachedProgram): Promise<string> {
  const folder = join(testServerCache(), program.folder);
  const cached = join(folder, program.name);
  if (existsSync(cached)) return cached;
  return withFolderLock(
    folder,
    async () => {
      if (!existsSync(cached)) await obtain(program, cached);
      return cached;
    },
    () => say(program, `another process obtains it; waiting for that. The lock is ${join(folder, "lock")}`),
  );
}

async function obtain(program: CachedProgram, cached: string): Promise<void> {
  const unfinished = `${cached}.${process.pid}`;
  const started = Date.now();
  const failures: unknown[] = [];
  for (const way of program.ways) {
    if (way.works !== undefined && !(await way.works())) continue;
    say(program, `${way.what}, into ${cached}`);
    try {
      await way.make(unfinished);
      await rename(unfinished, cached);
      say(program, `ready after ${Math.round((Date.now() - started) / 1000)} s`);
      return;
    } catch (error) {
      failures.push(error);
      say(program, `that failed: ${String(error).slice(0, 2_000)}`);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  const cause = new AggregateError(failures);
  throw new TestServerUnavailable(`There is no ${program.title} on this machine.`, program.remedy, { cause });
}

function say(program: CachedProgram, what: string): void {
  process.stderr.write(`Test server ${program.title}: ${what}\n`);
}
