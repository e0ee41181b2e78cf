import type { Plugin } from "@archestra/secrets-core/plugin";
import { type Argument, Command, CommanderError, type Option, type OutputConfiguration } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { commands } from "../commands/commands.ts";
import { importPlugins } from "../settings/plugins.ts";
import { exitCodes } from "./exit-codes.ts";
import { refuseOptionsOfParent } from "./refuse-options-of-parent.ts";
import { type ProgramStreams, type RunCommand, runCommand } from "./run-command.ts";
import { UsageError } from "./usage-error.ts";

/** The columns of help where there is no terminal. */
const HELP_WIDTH = 80;

/** What an application can replace. */
export interface ProgramOptions extends Partial<Omit<ProgramStreams, "plugins" | "args">> {
  /** Further plugins. One with the id of a plugin that the program brings replaces it. @default none */
  readonly plugins?: readonly Plugin[];
}

/**
 * Runs the program.
 *
 * @param args the arguments, without the paths of Node and of the program
 * @returns the exit code, one of `exitCodes` or that of the command that `run` started
 * @example
 * process.exitCode = await runProgram(process.argv.slice(2), { plugins: [redisPlugin()] });
 */
export async function runProgram(args: readonly string[], options: ProgramOptions = {}): Promise<number> {
  const {
    stdin = process.stdin,
    stdout = process.stdout,
    stderr = process.stderr,
    env = process.env,
    plugins: given = [],
    ownsProcess = false,
  } = options;
  let exitCode: number = exitCodes.success;
  const plugins = async (named: readonly string[]) => {
    const imported = (await Promise.all(named.map(importPlugins))).flat();
    const { ownPlugins } = await import("../settings/own-plugins.ts");
    return withoutReplaced([...given, ...imported, ...ownPlugins()]);
  };
  const run: RunCommand = (body) =>
    async function (this: Command) {
      refuseOptionsOfParent(this);
      const streams = { stdin, stdout, stderr, env, plugins, ownsProcess, args };
      exitCode = await runCommand(this, streams, (context, values) => {
        assertNoExcess(this);
        return body(context, values as never, ...this.args);
      });
    };
  const program = createProgram(
    run,
    {
      writeOut: (text) => void stdout.write(text),
      // Commander quotes an unknown option with what follows its `=`.
      writeErr: (text) => void stderr.write(text.replace(/^(error: unknown option '[^'=]*)=.*$/ms, "$1'\n")),
      getOutHelpWidth: () => stdout.columns || HELP_WIDTH,
      getErrHelpWidth: () => stderr.columns || HELP_WIDTH,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    },
    args[0],
  );
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
  }
}

/**
 * Declares the program: its options and its commands.
 *
 * @param output where help and messages about wrong arguments go, for the program and every command
 * @param first the first argument. If it names a command, only that one is declared, which is all that a run needs
 */
export function createProgram(run: RunCommand, output: OutputConfiguration = {}, first = ""): Command {
  const program = new Command("archestra-secrets")
    .description("Examines, reads, changes, moves and rotates the secrets of an application.")
    .version(manifest.version, "-V, --version", "Print the version.")
    .helpOption("-h, --help", "Print the help of a command.")
    .helpCommand("help [command]", "Print the help of a command.")
    .option(
      "--env-file <file>",
      "Read variables from a file; the environment wins, then a later file. Repeatable.",
      collect,
    )
    .option("--plugin <module>", "Import plugins from a path or an installed package. Repeatable.", collect)
    .option("--json", "Print one JSON document.")
    .option("--no-color", "Print no colors.")
    .configureHelp({
      showGlobalOptions: true,
      visibleGlobalOptions: optionsOfProgram,
      // Commander leaves descriptions unwrapped in less space than this, by default 40 columns.
      minWidthToWrap: 20,
      subcommandTerm: (command) =>
        [command.name(), ...command.registeredArguments.map(argumentTerm)].join(" "),
    })
    .configureOutput(output)
    .exitOverride()
    // Commander's message about further arguments would quote them; see assertNoExcess.
    .allowExcessArguments(true)
    .showHelpAfterError("(Add --help for the options and examples.)");
  const one = Object.hasOwn(commands, first) ? commands[first] : undefined;
  for (const declare of one === undefined ? Object.values(commands) : [one]) {
    const command = declare(run);
    inheritSettings(command, program);
    program.addCommand(command);
  }
  return program;
}

function inheritSettings(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent);
  for (const subcommand of command.commands) inheritSettings(subcommand, command);
}

/** Those of a parent in between are not shown: `migrate finalize` does not take the options of `migrate`. */
function optionsOfProgram(command: Command): Option[] {
  let program = command;
  while (program.parent !== null) program = program.parent;
  return program === command ? [] : program.createHelp().visibleOptions(program).filter(isShared);
}

function argumentTerm(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function isShared({ long }: Option): boolean {
  return long !== "--version" && long !== "--help";
}

/** Refuses arguments that the command does not take. One of them may be a value, so none is quoted. */
function assertNoExcess({ args, registeredArguments }: Command): void {
  const taken = registeredArguments.length;
  if (args.length <= taken || registeredArguments.some(({ variadic }) => variadic)) return;
  throw new UsageError(
    `The command takes ${taken} argument${taken === 1 ? "" : "s"}, and ${args.length} were given. Add --help for its options. If one of them is the value of a secret: a value is never an argument, because other users of this machine can read it. Replace a real value where it came from.`,
  );
}

function collect(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}

function withoutReplaced(plugins: readonly Plugin[]): Plugin[] {
  const idOf = ({ kind, id }: Plugin) => `${kind.id} ${id.toUpperCase()}`;
  return plugins.filter((plugin, index) => plugins.findIndex((one) => idOf(one) === idOf(plugin)) === index);
}
