import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { link, open, rename, rm } from "node:fs/promises";
import { printable } from "../output/printable.ts";
import { UsageError } from "../program/usage-error.ts";

/** @throws UsageError when there is a file */
export function assertFree(path: string): void {
  if (existsSync(path)) throw exists(path);
}

/**
 * Writes a file that only its owner can read, completely or not at all.
 *
 * @param replaces whether a file that exists is replaced
 * @throws UsageError when it exists, or cannot be written
 */
export async function writeNewFile(
  path: string,
  content: AsyncIterable<string | Uint8Array>,
  replaces: boolean,
): Promise<void> {
  // Beside its place, since a file cannot be renamed to another file system.
  const draft = `${path}.${randomUUID()}.tmp`;
  const file = await open(draft, "wx", 0o600).catch((error) => {
    throw notWritable(path, error);
  });
  try {
    try {
      for await (const chunk of content) await file.appendFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    if (replaces) await rename(draft, path);
    else await place(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

/** A link, unlike a rename, fails when another process has created the file meanwhile. */
async function place(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw exists(path);
    // Some file systems have no links.
    assertFree(path);
    await rename(draft, path);
  }
}

function exists(path: string): UsageError {
  return new UsageError(
    `The file ${printable(path)} exists and was not changed. Give another path, or add --force to replace it.`,
  );
}

function notWritable(path: string, error: unknown): UsageError {
  const { code = "unknown error" } = error as NodeJS.ErrnoException;
  return new UsageError(
    `The file ${printable(path)} cannot be written (${code}). Give a path in a folder that exists and can be written.`,
  );
}
