import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const packageFolder = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Runs a module in a process of its own, in the folder of the package, where nothing but it has imported or subscribed
 * to anything. Gives what it prints as JSON on its last line.
 */
export async function runNode(source: string, env: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", source],
    { cwd: packageFolder, env: { PATH: process.env.PATH ?? "", ...env } },
  );
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "null");
}
