import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { InputProblem } from "./read-credentials.ts";

export const usage = `npx --yes pnpm@12 quickstart [file]

file   your own secrets: a JSON object {"name": {…} or "text", …}, or a .env file.
       Without it, examples/quickstart/credentials.json is used.`;

/** The user's folder. pnpm changes to the root of the repository, and reports the folder in which it was called. */
export const userFolder = process.env.INIT_CWD ?? process.cwd();

/**
 * The file that the user named, or the one of this example. Undefined: the user requests help.
 *
 * @throws InputProblem
 */
export function readArguments(argv: readonly string[]): string | undefined {
  // `pnpm run` passes on the `--` that separates its own options.
  const args = argv[0] === "--" ? argv.slice(1) : argv;
  let parsed: { values: { help?: boolean }; positionals: string[] };
  try {
    parsed = parseArgs({
      args: [...args],
      options: { help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
  } catch {
    throw new InputProblem(`Unknown option.\n\n${usage}`);
  }
  if (parsed.values.help) return undefined;
  const [file, ...others] = parsed.positionals;
  if (others.length > 0) throw new InputProblem(`Pass only one file.\n\n${usage}`);
  return file === undefined ? join(import.meta.dirname, "..", "credentials.json") : resolve(userFolder, file);
}
