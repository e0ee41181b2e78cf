import type { CommandContext } from "../program/command-context.ts";
import { CommandError } from "../program/command-error.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { NotStartedError } from "../program/not-started-error.ts";
import { UsageError } from "../program/usage-error.ts";
import { childEnvironment, secretSettings } from "./child-environment.ts";
import { parseAssignments, parseMap } from "./field-reference.ts";
import { runUntilEnd } from "./run-until-end.ts";
import { VariableChanges } from "./variable-changes.ts";
import { VariableReader, type VariableSources, type Variables } from "./variable-reader.ts";
import { type FileFormat, formatVariables, writePrivateFile } from "./variables-file.ts";

/** The options of `run`, as given. */
export interface RunOptions {
  readonly map?: string;
  readonly prefix?: readonly string[];
  readonly keepSettings?: boolean;
  readonly restartOnChange?: boolean;
  /** In seconds. */
  readonly interval: number;
  /** In seconds. */
  readonly grace: number;
  readonly out?: string;
  readonly format: FileFormat;
}

/** Runs a command with variables, or writes them to a file. @returns the exit code */
export async function run(
  context: CommandContext,
  options: RunOptions,
  args: readonly string[],
): Promise<number> {
  const command = context.afterSeparator ?? [];
  const assignments = args.slice(0, args.length - command.length);
  assertUsage(options, command);
  const sources = await readSources(context, options, assignments);
  const opened = await beforeStart(context, async () => {
    const { reader, close } = await openReader(context, sources);
    const variables = await reader.read(context.signal);
    const settings = options.keepSettings ? new Set<string>() : secretSettings(await context.plugins());
    return { reader, close, variables, settings };
  });
  const { reader, close, variables, settings } = opened;
  if (options.out !== undefined) return await writeOut(context, options.out, options.format, variables);
  const { output, env } = context;
  // The signals of this program are for the command.
  return await context.waitFor(() =>
    runUntilEnd({
      command,
      variables,
      environmentWith: (current) => childEnvironment(env, settings, current),
      output,
      onStart: () => {
        // While the command runs: it must not wait for Vault to revoke a token. The end of the program closes them again.
        if (options.restartOnChange !== true) close().catch(() => undefined);
      },
      restarts: options.restartOnChange
        ? {
            changes: new VariableChanges(reader, output, options.interval * 1_000),
            grace: options.grace * 1_000,
          }
        : undefined,
    }),
  );
}

function assertUsage({ out, restartOnChange, prefix = [] }: RunOptions, command: readonly string[]): void {
  if (out === undefined && command.length === 0) {
    throw new UsageError("There is no command to run. Put it behind `--`, or write a file with --out.");
  }
  if (out !== undefined && (command.length > 0 || restartOnChange)) {
    throw new UsageError("--out writes a file instead of running a command. Give one of both.");
  }
  if (prefix.includes("")) throw new UsageError("--prefix must not be empty. Name the secrets' folder.");
}

async function readSources(
  { input }: CommandContext,
  { map, prefix = [] }: RunOptions,
  assignments: readonly string[],
): Promise<VariableSources> {
  const mapped = map === undefined ? [] : parseMap(await input.file(map, "--map"));
  const references = new Map([...mapped, ...parseAssignments(assignments)]);
  if (references.size > 0 || prefix.length > 0) return { references, prefixes: prefix };
  throw new UsageError("No variable is mapped. Give NAME=secret#field, --map or --prefix.");
}

/** Opens what the sources need, and nothing else. */
async function openReader(context: CommandContext, { references, prefixes }: VariableSources) {
  const stores = new Set([...references.values()].map(({ store }) => store));
  const manager = stores.has("manager") || prefixes.length > 0 ? await context.openManager() : undefined;
  const vault = stores.has("vault") ? await openVault(context) : undefined;
  const reader = new VariableReader({ references, prefixes }, { manager, vault });
  const close = async () => void (await Promise.all([manager?.close(), vault?.close()]));
  return { reader, close };
}

async function openVault({ standalone, plugins, onEnd }: CommandContext) {
  const { openVaultReader } = await import("@archestra/secrets-vault");
  const vault = await openVaultReader({}, { ...standalone, plugins: await plugins() });
  onEnd(() => vault.close());
  return vault;
}

async function writeOut(
  context: CommandContext,
  file: string,
  format: FileFormat,
  variables: Variables,
): Promise<number> {
  await writePrivateFile(file, formatVariables(variables, format));
  const names = [...variables.keys()];
  context.output.result({ file, format, variables: names }, (page) => {
    page.line(`Wrote ${names.length} ${names.length === 1 ? "variable" : "variables"} to ${file}.`);
  });
  return exitCodes.success;
}

/** Does what comes before the command starts, with failures that say so by the exit code. */
async function beforeStart<Result>({ signal }: CommandContext, work: () => Promise<Result>): Promise<Result> {
  try {
    const result = await work();
    signal.throwIfAborted();
    return result;
  } catch (error) {
    const message = "The program was interrupted before it started the command.";
    throw new NotStartedError(signal.aborted ? new CommandError("ABORTED", message) : error);
  }
}
