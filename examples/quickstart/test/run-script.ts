import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** What a script printed, and how it ended. */
export interface ScriptResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script of this example as a process of its own, without the variables of the user who runs the tests. */
export function runScript(
  script: string,
  options: { readonly args?: readonly string[]; readonly cwd: string; readonly env?: Record<string, string> },
): ScriptResult {
  const path = join(import.meta.dirname, "..", script);
  return spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", path, ...(options.args ?? [])],
    { cwd: options.cwd, env: options.env ?? {}, encoding: "utf8" },
  );
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "archestra-quickstart-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
