import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Problem } from "./problem.ts";
import { root } from "./workspace.ts";

/** Runs a command-line tool in a folder; what it printed is the problem when it fails. */
export function runTool(name: string, options: readonly string[], folder: string, todo: string): Problem[] {
  const binary = join(root, "tools/node_modules/.bin", name);
  const { status, stdout, stderr, error } = spawnSync(binary, options, { cwd: folder, encoding: "utf8" });
  if (error) throw error;
  return status === 0 ? [] : [{ where: name, what: `fails\n${stdout}${stderr}`.trimEnd(), todo }];
}
