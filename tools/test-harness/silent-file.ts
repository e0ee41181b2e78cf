import { execFileSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";

/** Puts a pipe that no process writes into in the place of a file. @returns what puts the file back */
export async function silenceFile(path: string): Promise<() => Promise<void>> {
  const content = await readFile(path);
  await rm(path);
  execFileSync("mkfifo", [path]);
  return async () => {
    await rm(path);
    await writeFile(path, content);
  };
}
