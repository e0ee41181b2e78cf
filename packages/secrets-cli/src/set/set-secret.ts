import {
  isSecretsError,
  type SecretInfo,
  type SecretsManager,
  type SecretValue,
} from "@archestra/secrets-core";
import { printable } from "../output/printable.ts";
import type { CommandContext } from "../program/command-context.ts";
import { UsageError } from "../program/usage-error.ts";
import { parseJsonObject } from "./parse-json-object.ts";

/** The options of `set`. */
export interface SetOptions {
  readonly field?: string;
  readonly valueFile?: string;
  readonly jsonFile?: string;
  readonly create?: boolean;
  readonly ifVersion?: string;
}

/** Changes the value of a secret. A field of a null prototype is a field like any other. */
type Change = (current: SecretValue) => SecretValue;

/** Sets a field or the whole value, and shows the new state. */
export async function setSecret(context: CommandContext, options: SetOptions, name: string): Promise<void> {
  const { output, signal, waitFor } = context;
  const { field, create = false, ifVersion } = options;
  // First, so that nobody types a value for a store that cannot be opened.
  const manager = await context.openManager();
  const change = await readChange(context, options, name);
  const written = { isCreated: create, info: undefined as SecretInfo | undefined };
  await waitFor(async () => {
    if (create) written.info = await manager.create(name, change({}), { signal });
    else if (ifVersion !== undefined)
      written.info = await manager.update(name, change, { ifVersion, signal });
    else Object.assign(written, await updateOrCreate(manager, name, change, field === undefined, signal));
  });
  const { info, isCreated } = written;
  if (info === undefined) return;
  output.result(
    {
      name,
      manager: info.manager,
      ...(info.version === undefined ? {} : { version: info.version }),
      created: isCreated,
    },
    (page) => {
      const what = field === undefined ? "the secret" : `the field ${field} of the secret`;
      page.line(`${isCreated ? "Created" : "Set"} ${what} ${name} in ${info.manager}.`);
    },
  );
}

/** Repeats what another process was in the way of: it created or deleted the secret between two calls. */
async function updateOrCreate(
  manager: SecretsManager,
  name: string,
  change: Change,
  isWhole: boolean,
  signal: AbortSignal,
): Promise<{ info: SecretInfo; isCreated: boolean }> {
  for (;;) {
    try {
      // A whole value does not depend on the current one, which need not even be readable.
      const info = isWhole
        ? await manager.update(name, change({}), { signal })
        : await manager.update(name, change, { signal });
      return { info, isCreated: false };
    } catch (error) {
      if (!isSecretsError(error, "NOT_FOUND")) throw error;
    }
    try {
      return { info: await manager.create(name, change({}), { signal }), isCreated: true };
    } catch (error) {
      if (!isSecretsError(error, "ALREADY_EXISTS") || !(await manager.has(name, { signal }))) throw error;
    }
  }
}

async function readChange(
  { input }: CommandContext,
  { field, valueFile, jsonFile }: SetOptions,
  name: string,
): Promise<Change> {
  if (jsonFile !== undefined) {
    const value = parseJsonObject(await input.file(jsonFile, "--json-file"), "--json-file");
    return () => value;
  }
  const text = await readText();
  if (text === "") {
    throw new UsageError(
      "The value is empty, so nothing was stored. Use --json-file if an empty value is intended.",
    );
  }
  return (current) => ({ ...current, ...Object.fromEntries([[field ?? "", text]]) });

  async function readText(): Promise<string> {
    if (valueFile !== undefined) return withoutLineBreak(await input.file(valueFile, "--value-file"));
    if (!input.isTerminal) return withoutLineBreak(await input.standardInput());
    return await input.secret(`Value of ${printable(field ?? "")} of ${printable(name)}:`);
  }
}

function withoutLineBreak(text: string): string {
  return text.replace(/\r?\n$/, "");
}
