import { spawn } from "node:child_process";
import { join } from "node:path";

export const bin = join(import.meta.dirname, "../../dist/bin.js");

/** What a run of the program left. */
export interface ProgramRun {
  /** Null: a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How the program is run. */
export interface ProgramSettings {
  /** All variables that it has, beside PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** What its standard input holds. @default nothing */
  readonly input?: string;
  readonly folder?: string;
  readonly signal?: AbortSignal;
}

/** Runs the built program as a process of its own, and waits for its end. */
export async function runProgram(
  args: readonly string[],
  { env = {}, input = "", folder, signal }: ProgramSettings = {},
): Promise<ProgramRun> {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { PATH: process.env.PATH ?? "", ...env },
    ...(folder === undefined ? {} : { cwd: folder }),
    ...(signal === undefined ? {} : { signal }),
  });
  child.stdin.end(input);
  const [stdout, stderr, exitCode] = await Promise.all([
    child.stdout.setEncoding("utf8").toArray(),
    child.stderr.setEncoding("utf8").toArray(),
    new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve)),
  ]);
  return { exitCode, stdout: stdout.join(""), stderr: stderr.join("") };
}
