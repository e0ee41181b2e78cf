import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "./problem.ts";
import { root } from "./workspace.ts";

/** The problem of a generated file that has to become another one, with the difference. */
export function outdatedFile(where: string, wanted: string, todo: string): Problem {
  if (!existsSync(join(root, where))) return { where, what: "is missing", todo };
  const difference = spawnSync("git", ["diff", "--no-index", "--unified=1", "--", where, "-"], {
    cwd: root,
    input: wanted,
    encoding: "utf8",
  });
  const changes = difference.stdout.split("\n").slice(4).join("\n").trimEnd();
  return { where, what: `differs from what it is generated from:\n${changes}`, todo };
}
