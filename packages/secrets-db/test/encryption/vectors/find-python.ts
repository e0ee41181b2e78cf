import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** An interpreter that has the `cryptography` package, or why there is none. */
export type PythonSearch = { readonly python: string } | { readonly problem: string };

/**
 * `$PYTHON`, else `python3`, if it has `cryptography`; else a virtual environment of our own that has it, made once in
 * the user's cache.
 */
export function findPython(): PythonSearch {
  const base = process.env.PYTHON || "python3";
  if (runs(base, ["-c", "import cryptography"])) return { python: base };
  if (!runs(base, ["-c", "import venv"])) {
    return { problem: `\`${base}\` cannot be run or lacks the venv module; set PYTHON to a Python 3` };
  }
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "archestra-secrets");
  const environment = join(cache, "python");
  const python = join(environment, "bin", "python");
  if (runs(python, ["-c", "import cryptography"])) return { python };
  console.log(
    `Installing the Python package cryptography into ${environment}, for the check of the vectors.`,
  );
  mkdirSync(cache, { recursive: true });
  const installed =
    runs(base, ["-m", "venv", "--clear", environment]) &&
    runs(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "cryptography"]);
  if (!installed) return { problem: `\`${base}\` has no cryptography package, and installing it failed` };
  return { python };
}

function runs(command: string, parameters: string[]): boolean {
  return spawnSync(command, parameters, { stdio: "ignore" }).status === 0;
}
