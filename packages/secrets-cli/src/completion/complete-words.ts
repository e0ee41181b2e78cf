import { type Complete, type Command as Completed, RootCommand } from "@bomb.sh/tab";
import type { Argument, Command, Option } from "commander";
import { createProgram } from "../program/run-program.ts";

/** Prints what can stand in place of the last word, each on a line with its meaning. */
export async function completeWords(words: readonly string[]): Promise<void> {
  const root = new RootCommand();
  const program = createProgram(() => async () => undefined);
  register(root, program, "", program.options);
  root.parse([...words]);
}

function register(root: RootCommand, command: Command, path: string, shared: readonly Option[]): void {
  const completed: Completed = path === "" ? root : root.command(path, command.summary());
  const help = command.createHelp();
  for (const option of [...help.visibleOptions(command), ...shared]) registerOption(completed, option);
  for (const argument of command.registeredArguments) {
    completed.argument(argument.name(), choicesOf(argument));
  }
  for (const subcommand of help.visibleCommands(command)) {
    register(root, subcommand, `${path} ${subcommand.name()}`.trim(), shared);
  }
}

function registerOption(completed: Completed, option: Option): void {
  const { long, short, description } = option;
  if (long == null) return;
  const alias = short?.slice(1);
  const takesValue = option.required || option.optional;
  if (takesValue) completed.option(long.slice(2), description, choicesOf(option), alias);
  else completed.option(long.slice(2), description, alias);
}

function choicesOf({ argChoices = [] }: Option | Argument) {
  return (complete: Complete): void => {
    for (const choice of argChoices) complete(choice, "");
  };
}
