import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import type { Environment } from "@archestra/secrets-core";
import { printableText } from "@archestra/secrets-core/plugin";
import { UsageError } from "../program/usage-error.ts";

/** Environment variables, and the file that each one comes from. */
export interface EnvironmentWithSources {
  readonly env: Environment;
  /** The file of a variable. Undefined: the environment of the process. */
  sourceOf(variable: string): string | undefined;
}

/**
 * Adds the variables of files to the environment of the process. A variable of the process wins over a file, as with the
 * option `--env-file` of Node, and a later file over an earlier one. Node finds that option also behind the name of the
 * program, and reads the file before the program starts; so a variable with the value of the file is said to come from it.
 *
 * @param option the option that names the files, for messages
 * @throws UsageError when a file cannot be read
 */
export function environmentWithFiles(
  process: Environment,
  files: readonly string[],
  option = "--env-file",
): EnvironmentWithSources {
  const env: Record<string, string | undefined> = {};
  const sources = new Map<string, string>();
  for (const file of files) {
    for (const [name, value] of Object.entries(parseEnv(readEnvironmentFile(file, option)))) {
      env[name] = value;
      sources.set(name, file);
    }
  }
  for (const [name, value] of Object.entries(process)) {
    if (value === undefined) continue;
    if (env[name] !== value) sources.delete(name);
    env[name] = value;
  }
  return { env, sourceOf: (variable) => sources.get(variable) };
}

/** What to do when no variable of the application is set. */
export const envFileHint =
  "No variable that begins with ARCHESTRA_ is set. Name the file of the application's variables: --env-file app.env.";

/** Whether any variable of the application is set. */
export function hasVariables(env: Environment): boolean {
  return Object.keys(env).some((name) => name.startsWith("ARCHESTRA_") && env[name] !== undefined);
}

function readEnvironmentFile(file: string, option: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `The file ${printableText(file)} of ${option} cannot be read (${code ?? "unknown error"}). Correct the path.`,
    );
  }
}
