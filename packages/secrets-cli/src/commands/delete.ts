import { assertSecretName } from "@archestra/secrets-core/plugin";
import { printable } from "../output/printable.ts";
import { CommandError } from "../program/command-error.ts";
import { declareCommand } from "../program/declare-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import type { RunCommand } from "../program/run-command.ts";

interface DeleteOptions {
  readonly yes?: boolean;
  readonly ifVersion?: string;
}

export const declareDelete = (run: RunCommand) =>
  declareCommand("delete <name>", {
    summary: "Delete a secret and all its versions.",
    description: ["Exit code 3: the secret does not exist."],
    examples: [
      ["archestra-secrets delete github/token", "Asks, and deletes the secret."],
      [
        "archestra-secrets delete github/token --yes --if-version DB:…",
        "Deletes it without asking if its version is the one that `get` showed.",
      ],
    ],
    json: [
      ["name", "the secret"],
      ["deleted", "true"],
    ],
  })
    .option("--yes", "Do not ask.")
    .option("--if-version <version>", "Fail if the secret does not have this version.")
    .action(
      run<DeleteOptions>(
        async ({ output, input, openManager, signal, waitFor }, { yes = false, ifVersion }, name = "") => {
          assertSecretName(name);
          const manager = await openManager();
          if (!yes) {
            // A secret that is already gone is not asked about.
            if (!(await manager.has(name, { signal }))) throw absent();
            if (!(await input.confirm(`Delete the secret ${printable(name)} and all its versions?`))) {
              throw new CommandError("NOT_CONFIRMED", "Nothing was deleted.");
            }
          }
          if (!(await waitFor(() => manager.delete(name, { signal, ifVersion })))) throw absent();
          output.result({ name, deleted: true }, (page) => page.line(`Deleted the secret ${name}.`));
        },
      ),
    );

function absent(): CommandError {
  return new CommandError("NOT_FOUND", "The secret does not exist.", exitCodes.notFound);
}
