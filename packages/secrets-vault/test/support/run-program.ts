import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Environment } from "@archestra/secrets-core";

const program = fileURLToPath(new URL("./program.ts", import.meta.url));
/** A process that does not end by itself is ended, and the test with it. */
const LIFETIME = 20_000;

/**
 * Runs a process of its own that writes and reads a secret and then follows its orders.
 *
 * @returns what it prints last, as JSON; undefined: nothing
 */
export async function runProgram(
  env: Environment,
  steps: readonly ("close" | "resources")[],
): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", program, ...steps],
    { env: { PATH: process.env.PATH ?? "", ...env }, timeout: LIFETIME },
  );
  const last = stdout.trim().split("\n").at(-1);
  return last ? JSON.parse(last) : undefined;
}
