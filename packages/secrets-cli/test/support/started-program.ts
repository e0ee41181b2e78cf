import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";

const bin = join(import.meta.dirname, "../../dist/bin.js");

/** The program while it runs, in a process of its own. */
export interface StartedProgram {
  readonly pid: number;
  /** What it and its command have written so far, both streams in one. */
  readonly output: string;
  /** Waits until the output contains a text as often as this. @default once */
  shows(text: string, times?: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** Starts the built program. It is killed when the test has finished. */
export function startProgram(
  args: readonly string[],
  { env }: { readonly env: Readonly<Record<string, string>> },
): StartedProgram {
  const child: ChildProcess = spawn(process.execPath, [bin, ...args], {
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // A process group of its own, so that its command ends with it.
    detached: true,
  });
  onTestFinished(() => {
    try {
      process.kill(-(child.pid ?? 0), "SIGKILL");
    } catch {
      // All of them have ended.
    }
  });
  let output = "";
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      for (const check of waiting) check();
    });
  }
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once("error", reject).once("close", (code, signal) => resolve(code ?? signal ?? "SIGKILL"));
  });
  return {
    pid: child.pid ?? 0,
    get output() {
      return output;
    },
    async shows(text, times = 1) {
      const shown = new Promise<void>((resolve, reject) => {
        const check = () => {
          if (output.split(text).length > times) resolve();
        };
        waiting.add(check);
        check();
        void ended.then(() => reject(new Error(`It ended without ${JSON.stringify(text)}: ${output}`)));
      });
      await shown;
    },
    kill: (signal) => void child.kill(signal),
    ended,
  };
}
