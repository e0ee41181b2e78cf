import { Option } from "commander";
import { declareCommand } from "../program/declare-command.ts";
import type { RunCommand } from "../program/run-command.ts";
import type { EnvOptions } from "../variables/show-variables.ts";

export const declareEnv = (run: RunCommand) =>
  declareCommand("env", {
    summary: "List every variable of the program and of all plugins, as they declare it.",
    description: [
      "Every variable that is secret can also be read from a file, whose path is in the variable of the same name with _FILE. The values of the current settings are not shown: see `doctor`.",
    ],
    examples: [
      ["archestra-secrets env", "Lists the variables with their rules and descriptions."],
      ["archestra-secrets env --format env > app.env", "Writes a commented template to fill in."],
      [
        "archestra-secrets env --json --plugin ./my-plugin.js",
        "Prints them as JSON, with those of another plugin.",
      ],
    ],
    json: [
      ["variables[].name", "the variable"],
      ["variables[].plugins", "the ids of the plugins that read it; empty: every application does"],
      ["variables[].required", "whether a start with one of these plugins fails without it"],
      ["variables[].requiredUnless", "the variable that replaces it; absent if there is none"],
      ["variables[].default", "its default; absent if it has none"],
      ["variables[].secret", "whether its value is a secret"],
      ["variables[].fileVariable", "the variable for the path of a file; absent if it is not secret"],
      ["variables[].values", "what can be chosen; absent if it is not a choice of a plugin"],
      ["variables[].description", "what it means"],
    ],
  })
    .addOption(
      new Option("--format <format>", "text, or env for a commented template.")
        .choices(["text", "env"])
        .default("text"),
    )
    .action(
      run<EnvOptions>(async (context, options) => {
        const { showVariables } = await import("../variables/show-variables.ts");
        return showVariables(context, options);
      }),
    );
