import { Command } from "commander";

/** What the help and the page of a command say. */
export interface CommandHelp {
  /** One sentence for the list of commands. */
  readonly summary: string;
  /** What else there is to know, in paragraphs. */
  readonly description?: readonly string[];
  /** Commands to copy, each with what it does. */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** The keys of the result of `--json`, each with its meaning. Absent: it is a group of commands. */
  readonly json?: readonly (readonly [key: string, meaning: string])[];
}

const helpOf = new WeakMap<Command, CommandHelp>();

/** Declares a command. Its help has examples. */
export function declareCommand(usage: string, help: CommandHelp): Command {
  const command = new Command(usage.split(" ")[0]);
  for (const argument of usage.split(" ").slice(1)) command.argument(argument);
  command.summary(help.summary).description([help.summary, ...(help.description ?? [])].join("\n\n"));
  command.addHelpText("after", () => {
    const lines = help.examples.map(([example, meaning]) => `  $ ${example}\n      ${meaning}`);
    return `\nExamples:\n${lines.join("\n")}`;
  });
  helpOf.set(command, help);
  return command;
}

/** Returns the declaration of a command, for its page in the docs. */
export function commandHelp(command: Command): CommandHelp | undefined {
  return helpOf.get(command);
}
