import { parseEnv } from "node:util";
import type { Secret } from "@archestra/secrets-core";
import type { JsonValue } from "@archestra/secrets-core/plugin";
import { printable } from "../output/printable.ts";
import { CommandError } from "../program/command-error.ts";

/** A variable for each field of each secret. */
export async function* envFile(secrets: AsyncIterable<Secret>): AsyncGenerator<string> {
  const origins = new Map<string, string>();
  for await (const { name, value } of secrets) {
    for (const [field, content] of Object.entries(value as { readonly [field: string]: JsonValue })) {
      const variable = variableName(name, field);
      const origin = `the field ${printable(field)} of ${printable(name)}`;
      const other = origins.get(variable);
      if (other !== undefined) throw collision(variable, other, origin);
      origins.set(variable, origin);
      const line = envLine(variable, typeof content === "string" ? content : JSON.stringify(content));
      if (line === undefined) throw notRepresentable(origin);
      yield line;
    }
  }
}

/** `github/ci` and `token` become `GITHUB_CI_TOKEN`. */
export function variableName(name: string, field: string): string {
  return `${name}_${field}`
    .toUpperCase()
    .replace(/[^A-Z0-9_]/g, "_")
    .replace(/^(?=[0-9])/, "_");
}

/**
 * A line that a POSIX shell, dotenv and Node read as the same value.
 *
 * @returns undefined when there is no such line
 */
export function envLine(variable: string, value: string): string | undefined {
  if (/[\0\r]/.test(value)) return undefined;
  const forms: string[] = [];
  if (/^[\w@%+:,./-]+$/.test(value)) forms.push(value);
  if (!value.includes("'")) forms.push(`'${value}'`);
  // Within double quotes, a shell obeys these, and each reader treats a backslash in its own way.
  if (!/["\\$`!]/.test(value)) forms.push(`"${value}"`);
  const form = forms.find((text) => parseEnv(`${variable}=${text}\n`)[variable] === value);
  return form === undefined ? undefined : `${variable}=${form}\n`;
}

function collision(variable: string, one: string, other: string): CommandError {
  return new CommandError(
    "VARIABLE_COLLISION",
    `Both ${one} and ${other} would become the variable ${variable}. Export them with different prefixes, or as JSON.`,
  );
}

function notRepresentable(origin: string): CommandError {
  return new CommandError(
    "NOT_REPRESENTABLE",
    `The value of ${origin} has characters that a .env file cannot represent for every reader, such as both kinds of quotes. Export as JSON.`,
  );
}
