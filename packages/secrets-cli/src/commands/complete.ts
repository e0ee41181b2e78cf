import { Argument, Option } from "commander";
import { declareCommand } from "../program/declare-command.ts";
import type { RunCommand } from "../program/run-command.ts";

interface CompleteOptions {
  /** The arguments are the words of a command line, which ends with the word to complete. */
  readonly words?: boolean;
}

// Without a description, help does not list the arguments.
const shell = new Argument("[shell]")
  .choices(["bash", "zsh", "fish"])
  // Words of a command line are accepted in its place.
  .argParser((text) => text);

export const declareComplete = (run: RunCommand) =>
  declareCommand("complete", {
    summary: "Print the completion of commands and options for bash, zsh or fish.",
    description: ["Names of secrets are not completed: no secrets manager is opened while you type."],
    examples: [
      [
        "source <(archestra-secrets complete bash)",
        "Enables it in this shell; the same for zsh. Keep it in ~/.bashrc.",
      ],
      ["archestra-secrets complete fish | source", "Enables it in fish."],
    ],
    json: [
      ["shell", "the shell"],
      ["script", "the script"],
    ],
  })
    .usage("<bash|zsh|fish> [options]")
    .addArgument(shell)
    .argument("[words...]")
    .addOption(new Option("--words").hideHelp())
    .action(
      run<CompleteOptions>(async (context, { words = false }, ...given) => {
        if (words) {
          const { completeWords } = await import("../completion/complete-words.ts");
          return completeWords(given);
        }
        const { printScript } = await import("../completion/print-script.ts");
        printScript(context, given[0] ?? "");
      }),
    );
