import { isSecretsError } from "@archestra/secrets-core";
import type { Command } from "commander";
import { Input, type InputStream } from "../input/input.ts";
import { Output, type OutputStream } from "../output/output.ts";
import { envFileHint, environmentWithFiles, hasVariables } from "../settings/environment.ts";
import type { CommandContext } from "./command-context.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";

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
  const interruption = new Interruption();
  const endings: (() => Promise<void>)[] = [];
  try {
    const { signal } = interruption;
    const environment = environmentWithFiles(env, options.envFile ?? []);
    const logger: CommandContext["logger"] = {
      warn: ({ code }, message) => output.warn(code, `warning: ${message}`),
    };
    const plugins = () => streams.plugins(options.plugin ?? []);
    const context: CommandContext = {
      ...environment,
      output,
      settingsOptions: settingsOptionsOf(options),
      input: new Input(stdin, signal),
      signal,
      logger,
      afterSeparator: args.includes("--") ? args.slice(args.indexOf("--") + 1) : undefined,
      plugins,
      endProcess(milliseconds) {
        if (streams.ownsProcess) setTimeout(() => process.exit(), milliseconds).unref();
      },
      onEnd: (clean) => void endings.push(clean),
      async openManager(given = {}) {
        const { createSecretsManager } = await import("@archestra/secrets-core");
        const manager = await createSecretsManager({
          plugins: await plugins(),
          env: environment.env,
          logger,
          signal,
          ...given,
        });
        endings.push(() => manager.close());
        return manager;
      },
    };
    try {
      const exitCode = (await body(context, options)) ?? exitCodes.success;
      output.end();
      return exitCode;
    } finally {
      for (const end of endings.reverse()) await end().catch(() => undefined);
    }
  } catch (error) {
    const failure = output.failure(error);
    if (isSecretsError(error, "INVALID_CONFIGURATION")) suggestEnvFile(output, env, options);
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

/** The signals that end a command: the first one aborts it, the second one ends the process. */
class Interruption {
  readonly #controller = new AbortController();
  readonly #listeners = [
    ["SIGINT", () => this.#abort(exitCodes.interrupted)],
    ["SIGTERM", () => this.#abort(exitCodes.terminated)],
  ] as const;
  exitCode: ExitCode | undefined;

  constructor() {
    for (const [signal, listener] of this.#listeners) process.once(signal, listener);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    for (const [signal, listener] of this.#listeners) process.removeListener(signal, listener);
  }

  #abort(exitCode: ExitCode): void {
    this.exitCode = exitCode;
    this.#controller.abort();
  }
}
