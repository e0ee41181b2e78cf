import { parseEnv } from "node:util";
import { isSecretsError, type SecretsManager, type SecretValue } from "@archestra/secrets-core";
import { assertSecretName, isSameValue, type JsonValue } from "@archestra/secrets-core/plugin";
import type { ImportOptions } from "../commands/import.ts";
import { decode, fileSubject } from "../input/input.ts";
import type { CommandContext } from "../program/command-context.ts";
import { parseJsonObject } from "../set/parse-json-object.ts";
import { decryptIfEncrypted } from "./age-decryption.ts";
import {
  failed,
  type ImportOutcome,
  type ImportSource,
  imported,
  skipped,
  unchanged,
} from "./import-outcome.ts";
import { readUnlessDamaged } from "./read-unless-damaged.ts";

type Values = readonly (readonly [name: string, value: JsonValue])[];

/** Opens a JSON or .env file. It is read whole before the manager is opened. */
export async function openFileSource(context: CommandContext, options: ImportOptions): Promise<ImportSource> {
  const { prefix, overwrite = false, dryRun = false } = options;
  const values = await readValues(context, options);
  const manager = await context.openManager();
  const { signal } = context;
  const apply = async (name: string, value: JsonValue): Promise<ImportOutcome> => {
    assertSecretName(name);
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return failed("VALUE_NOT_OBJECT", 'The value is not a JSON object, such as { "token": "…" }.');
    }
    return await importValue(manager, name, value as SecretValue, { overwrite, dryRun, signal });
  };
  return {
    total: values.length,
    items: () =>
      values.map(([key, value]) => ({
        name: prefix + key,
        apply: () => apply(prefix + key, value),
      })),
  };
}

async function readValues(context: CommandContext, options: ImportOptions): Promise<Values> {
  const { fromJson, fromEnv = "", secret } = options;
  if (fromJson !== undefined) {
    return Object.entries(
      parseJsonObject(await readText(context, fromJson, "--from-json", options), "--from-json"),
    );
  }
  const variables = Object.entries(parseEnv(await readText(context, fromEnv, "--from-env", options))) as [
    string,
    string,
  ][];
  return secret === undefined
    ? variables.map(([name, value]) => [name, { value }])
    : [[secret, Object.fromEntries(variables)]];
}

async function readText(
  context: CommandContext,
  path: string,
  option: string,
  options: ImportOptions,
): Promise<string> {
  const subject = fileSubject(path, option);
  const bytes = await context.input.bytes(path, option);
  return decode(await decryptIfEncrypted(bytes, subject, context, options), subject);
}

interface WriteOptions {
  readonly overwrite: boolean;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

/** Creates a secret, or with `overwrite` replaces whatever value it has then. One that another process creates is noticed. */
async function importValue(
  manager: SecretsManager,
  name: string,
  value: SecretValue,
  options: WriteOptions,
): Promise<ImportOutcome> {
  const { overwrite, dryRun, signal } = options;
  for (;;) {
    const current = await readUnlessDamaged(manager, name, signal);
    if (current !== "damaged" && current !== undefined && isSameValue(value, current.value)) return unchanged;
    if (current !== undefined && !overwrite) {
      return skipped("EXISTS", "The secret exists with another value. Add --overwrite to replace it.");
    }
    if (dryRun) return imported;
    try {
      if (current === undefined) await manager.create(name, value, { signal });
      else await manager.set(name, value, { signal });
      return imported;
    } catch (error) {
      const isTaken = isSecretsError(error, "ALREADY_EXISTS") && (await manager.has(name, { signal }));
      if (!isTaken) throw error;
    }
  }
}
