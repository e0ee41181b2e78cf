import type { Environment } from "@archestra/secrets-core";
import type { Input } from "../input/input.ts";

/**
 * Reads a variable, or the file that `NAME_FILE` names, as a start of an application does.
 *
 * @returns undefined when neither is set
 * @throws UsageError when the file cannot be read
 */
export async function readVariableOrFile(
  name: string,
  env: Environment,
  input: Input,
): Promise<string | undefined> {
  const text = env[name]?.trim();
  if (text) return env[name];
  const path = env[`${name}_FILE`];
  return path?.trim() ? (await input.file(path, `${name}_FILE`)).replace(/\r?\n$/, "") : undefined;
}
