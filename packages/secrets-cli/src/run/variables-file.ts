import { randomBytes } from "node:crypto";
import { open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CommandError } from "../program/command-error.ts";
import { exitCodes } from "../program/exit-codes.ts";
import type { Variables } from "./variable-reader.ts";

/** `env`: lines `NAME=value`. `json`: one object. */
export type FileFormat = "env" | "json";

/** What a shell, Docker and dotenv read alike without quotes. Docker reads quotes as a part of the value. */
const PLAIN = /^[\w@%+=:,./?*[\]{}^!-]*$/;

/**
 * Writes variables as the text of a file.
 *
 * @throws CommandError that names the variables which the format `env` cannot contain
 */
export function formatVariables(variables: Variables, format: FileFormat): string {
  if (format === "json") return `${JSON.stringify(Object.fromEntries(variables), undefined, 2)}\n`;
  const refused = [...variables].filter(
    ([name, value]) => !/^[A-Za-z_]\w*$/.test(name) || !PLAIN.test(value),
  );
  if (refused.length === 0) return [...variables].map(([name, value]) => `${name}=${value}\n`).join("");
  const names = refused.map(([name]) => name).join(", ");
  throw new CommandError(
    "VARIABLES_NOT_PLAIN",
    `A shell, \`docker run --env-file\` and dotenv read these variables differently: ${names}. Their names or values contain other characters than letters, digits and @%+=:,./?*[]{}^!-_. Use --format json, or run the command itself instead of --out.`,
    exitCodes.notStarted,
  );
}

/**
 * Writes a file that its owner alone can read, whole or not at all. It replaces an older file.
 *
 * @throws CommandError when it cannot be written
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  const draft = join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  try {
    const existing = await stat(path).catch(() => undefined);
    if (existing?.isDirectory()) throw Object.assign(new Error("a folder"), { code: "EISDIR" });
    const file = await open(draft, "wx", 0o400);
    try {
      // The mode of `open` is reduced by the umask of the process.
      await file.chmod(0o400);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    throw new CommandError(
      "FILE_NOT_WRITTEN",
      `The file of --out cannot be written (${code}). Nothing was changed. Correct the path, or the permissions and the space of its folder.`,
      exitCodes.notStarted,
    );
  }
}
