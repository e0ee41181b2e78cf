import { isSecretsError } from "@archestra/secrets-core";
import type { Command } from "commander";
import { Input, type InputStream } from "../input/input.ts";
import { Output, type OutputStream } from "../output/output.ts";
import { envFileHint, environmentWithFiles, hasVariables } from "../settings/environment.ts";
import type { CommandContext } from "./command-context.ts";
import { CommandError } from "./command-error.ts";
import { endAtCrash } from "./end-at-crash.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { Interruption } from "./interruption.ts";

/** Does what a command is for. @returns the exit code. Undefined: success */
export type CommandBody<Options extends object> = (
  context: CommandContext,
  options: Options,
  ...args: readonly string[]
) => Promise<number> | Promise<void>;

/** Connects a command with what it does. */
export type RunCommand = <Options extends object>(
  body: CommandBody<Options>,
) => (this: Command, ...args: unknown[]) => Promise<void>;

/** The options of every command. */
export interface GlobalOptions {
  readonly envFile?: readonly string[];
  readonly plugin?: readonly string[];
  readonly json?: boolean;
  readonly color: boolean;
}

/** The streams, the environment and the plugins of the program. */
export interface ProgramStreams {
  /** Where values and answers are read from. */
  readonly stdin: InputStream;
  /** Where results are written. */
  readonly stdout: OutputStream;
  /** Where messages are written. */
  readonly stderr: OutputStream;
  /** The variables of the application. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly plugins: CommandContext["plugins"];
  /** The arguments of the program. */
  readonly args: readonly string[];
  /** Whether the process is that of the program, which then may end it. */
  readonly ownsProcess: boolean;
}

/** Runs the body of a command with all that it needs, shows its failure, and releases what it opened. */
export async function runCommand<Options extends object>(
  command: Command,
  streams: Omit<ProgramStreams, "plugins"> & {
    readonly plugins: (named: readonly string[]) => ReturnType<CommandContext["plugins"]>;
  },
  body: (context: CommandContext, options: Options) => Promise<number> | Promise<void>,
): Promise<number> {
  const { stdin, stdout, stderr, env, args } = streams;
  const options = command.optsWithGlobals<Options & GlobalOptions>();
  const output = new Output({
    stdout,
    stderr,
    env,
    command: nameOf(command),
    json: options.json === true,
    colors: options.color,
  });
  if (streams.ownsProcess) endAtCrash(output);
  const interruption = new Interruption();
  const endProcess = (milliseconds: number) => {
    if (streams.ownsProcess) setTimeout(() => process.exit(), milliseconds).unref();
  };
  const endings: (() => Promise<void>)[] = [];
  try {
    const { signal } = interruption;
    const environment = environmentWithFiles(env, options.envFile ?? []);
    const logger: CommandContext["logger"] = {
      warn: ({ code }, message) => output.warn(code, `warning: ${message}`),
    };
    // An operator sets variables, and cannot pass options.
    const standalone = { env: environment.env, logger, signal, onlyVariables: true };
    const plugins = () => streams.plugins(options.plugin ?? []);
    const context: CommandContext = {
      ...environment,
      output,
      settingsOptions: settingsOptionsOf(options),
      input: new Input(stdin, signal),
      signal,
      logger,
      afterSeparator: args.includes("--") ? args.slice(args.indexOf("--") + 1) : undefined,
      standalone,
      plugins,
      endProcess,
      onEnd: (clean) => void endings.push(clean),
      waitFor: (work) => interruption.waitFor(work),
      async openManager(given = {}) {
        const { createSecretsManager } = await import("@archestra/secrets-core");
        const manager = await createSecretsManager({
          plugins: await plugins(),
          ...standalone,
          ...given,
        });
        endings.push(() => manager.close());
        return manager;
      },
    };
    const overdue = interruption.overdue.then(() => {
      throw abandoned(interruption.exitCode ?? exitCodes.interrupted);
    });
    const exitCode = await Promise.race([runAndClean(), overdue]);
    output.end();
    return exitCode;

    async function runAndClean(): Promise<number> {
      try {
        return (await body(context, options)) ?? exitCodes.success;
      } finally {
        for (const end of endings.reverse()) await end().catch(() => undefined);
      }
    }
  } catch (error) {
    const failure = output.failure(error);
    if (isSecretsError(error, "INVALID_CONFIGURATION")) suggestEnvFile(output, env, options);
    // What the command left open does not keep the process.
    if (interruption.exitCode !== undefined) endProcess(0);
    return interruption.exitCode ?? failure.exitCode;
  } finally {
    interruption.end();
  }
}

function settingsOptionsOf({ envFile = [], plugin = [] }: GlobalOptions): string[] {
  return [
    ...envFile.flatMap((file) => ["--env-file", file]),
    ...plugin.flatMap((module) => ["--plugin", module]),
  ];
}

/** The most frequent cause of settings that are missing: the command was entered without the file of the application. */
function suggestEnvFile(output: Output, env: ProgramStreams["env"], { envFile = [] }: GlobalOptions): void {
  if (envFile.length === 0 && !hasVariables(env)) output.note(`  ${envFileHint}`);
}

/** The name of a command with its parents, without the program. */
export function nameOf(command: Command): string {
  const names: string[] = [];
  for (let each: Command | null = command; each?.parent; each = each.parent) names.unshift(each.name());
  return names.join(" ");
}

function abandoned(exitCode: ExitCode): CommandError {
  return new CommandError(
    "INTERRUPTED",
    "The program was interrupted. A store did not answer, so its connections were not closed in order.",
    exitCode,
  );
}
