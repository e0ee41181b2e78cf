import type { Environment } from "@archestra/secrets-core";
import { printableText } from "@archestra/secrets-core/plugin";
import { type DbOptions, dbPlugin } from "@archestra/secrets-db";
import type { CommandContext } from "../program/command-context.ts";
import { UsageError } from "../program/usage-error.ts";
import { environmentWithFiles } from "../settings/environment.ts";
import { readVariableOrFile } from "../settings/variable-or-file.ts";

/**
 * Reads the variables of one database from a file. The environment of the process is not read, since there are two databases.
 *
 * @throws UsageError when the file cannot be read, or does not name a database
 */
export async function readDatabaseFile(
  { input }: Pick<CommandContext, "input">,
  file: string,
  option: string,
): Promise<DbOptions> {
  const { env } = environmentWithFiles({}, [file], option);
  const options = await databaseOptions(env, input);
  if (options.url !== undefined) return options;
  throw new UsageError(
    `The file ${printableText(file)} of ${option} does not set ARCHESTRA_DATABASE_URL. Add the URL of the database.`,
  );
}

async function databaseOptions(env: Environment, input: CommandContext["input"]): Promise<DbOptions> {
  const options: Record<string, string> = {};
  for (const [key, setting] of Object.entries(dbPlugin().settings)) {
    if (setting.type !== "variable" || !setting.name.startsWith("ARCHESTRA_DATABASE_")) continue;
    const text = await readVariableOrFile(setting.name, env, input);
    if (text !== undefined) options[key] = text;
  }
  return options as DbOptions;
}
