import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/** When a script counts as hanging. None takes more than seconds, even on a slow machine. */
const LIMIT_MILLISECONDS = 120_000;

/** What a script printed, and how it ended. */
export interface ScriptResult {
  /** Null: it was killed, because it did not end. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a script is run. */
export interface ScriptOptions {
  readonly cwd: string;
  /** @default none */
  readonly args?: readonly string[] | undefined;
  /** The only variables of the process. @default none */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The path of a module that is imported before the script. @default none */
  readonly preload?: string | undefined;
}

/** Runs a script of this example as a process of its own, without the variables of the user who runs the tests. */
export async function runScript(script: string, options: ScriptOptions): Promise<ScriptResult> {
  const { cwd, args = [], env = {}, preload } = options;
  const path = join(import.meta.dirname, "..", script);
  const preloads = preload === undefined ? [] : ["--import", preload];
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", ...preloads, path, ...args],
    { cwd, env, stdio: ["ignore", "pipe", "pipe"], timeout: LIMIT_MILLISECONDS, killSignal: "SIGKILL" },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  const closed = once(child, "close") as Promise<[number | null]>;
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { status, stdout, stderr };
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "archestra-quickstart-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
