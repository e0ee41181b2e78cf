import { assertSecretName } from "@archestra/secrets-core/plugin";
import { declareCommand } from "../program/declare-command.ts";
import type { RunCommand } from "../program/run-command.ts";
import { UsageError } from "../program/usage-error.ts";
import type { SetOptions } from "../set/set-secret.ts";

export const declareSet = (run: RunCommand) =>
  declareCommand("set <name>", {
    summary: "Set one field of a secret, or its whole value.",
    description: [
      "A value is never an argument, because every user of a machine can read the arguments of a process. With --field, the value is asked for without echo. Where there is no terminal, it is read from standard input. One line break at its end is dropped.",
      "With --field, the other fields of the secret are kept, and no concurrent change is lost. A secret that does not exist is created.",
    ],
    examples: [
      ["archestra-secrets set github --field token", "Asks for the token and stores it."],
      ["pass show github | archestra-secrets set github --field token", "Reads it from standard input."],
      [
        "archestra-secrets set tls --field key --value-file key.pem --create",
        "Stores the content of a file in a new secret.",
      ],
      ["archestra-secrets set github --json-file github.json", "Replaces all fields."],
    ],
    json: [
      ["name, manager", "the secret, and the manager that owns it"],
      ["version", "its version; absent where the manager has none"],
      ["created", "whether it is a new secret"],
    ],
  })
    .option("--field <field>", "Set this field and keep the others.")
    .option("--value-file <file>", "Read the value of the field from a file; - is standard input.")
    .option("--json-file <file>", "Set the whole value: a file with a JSON object; - is standard input.")
    .option("--create", "Fail if the secret exists.")
    .option("--if-version <version>", "Fail if the secret does not have this version.")
    .action(
      run<SetOptions>(async (context, options, name = "") => {
        assertUsable(options);
        assertSecretName(name);
        const { setSecret } = await import("../set/set-secret.ts");
        await setSecret(context, options, name);
      }),
    );

function assertUsable({ field, valueFile, jsonFile, create, ifVersion }: SetOptions): void {
  if (field?.includes("=")) {
    throw new UsageError(
      "The option --field takes the name of a field alone, without `=` and a value. The value is asked for, or read from standard input, from --value-file or from --json-file. If the value was real, replace it where it came from, because other users of this machine can read the arguments of a process.",
    );
  }
  if ((field === undefined) === (jsonFile === undefined)) {
    throw new UsageError("Give either --field, for one field, or --json-file, for the whole value.");
  }
  if (field === "") throw new UsageError("The name of the field is empty.");
  if (valueFile !== undefined && field === undefined) {
    throw new UsageError("The option --value-file is for --field. Use --json-file alone.");
  }
  if (create && ifVersion !== undefined) {
    throw new UsageError("Give --create for a new secret or --if-version for one that exists, and not both.");
  }
}
