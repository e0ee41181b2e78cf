import { declareCommand } from "../program/declare-command.ts";
import type { RunCommand } from "../program/run-command.ts";
import { UsageError } from "../program/usage-error.ts";

/** The options of `export`. */
export interface ExportOptions {
  readonly format: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly ageRecipient?: readonly string[];
  readonly passphrase?: boolean;
  readonly passphraseFile?: string;
  readonly skipUnreadable?: boolean;
}

export const declareExport = (run: RunCommand) =>
  declareCommand("export [prefix]", {
    summary: "Export secrets with their values, as JSON or .env, encrypted with age if requested.",
    description: [
      "The JSON is an object of names and values, which `import --from-json` reads. In .env, each field is a variable that is named after the secret and the field, such as GITHUB_TOKEN. It can hold only what a shell, dotenv and Node read alike, and two fields must not become one variable.",
      "A file has the mode 0600, is written completely or not at all, and does not replace another one without --force. Encrypted exports are read by `import` and by `age --decrypt`.",
      "A secret that cannot be read ends the export, unless --skip-unreadable is given. Then the exit code is 1 all the same.",
    ],
    examples: [
      ["archestra-secrets export --out secrets.json", "Writes all secrets to a file."],
      [
        "archestra-secrets export --age-recipient age1… --out secrets.age",
        "Writes them encrypted for the owner of a key.",
      ],
      ["archestra-secrets export app/ --format env", "Prints the secrets below app/ as variables."],
      [
        "archestra-secrets import --from-json a.age --age-identity-file key.txt",
        "Imports an encrypted export.",
      ],
    ],
    json: [
      ["file, format", "the file of --out, which --json requires, and json or env"],
      ["secrets", "the number of secrets in it"],
      ["encrypted", "whether it is encrypted"],
      ["skipped", "the names of unreadable secrets"],
    ],
  })
    .option("--format <format>", "json or env.", "json")
    .option("--out <file>", "Write to this file instead of standard output.")
    .option("--force", "Replace the file if it exists.")
    .option("--age-recipient <recipient>", "Encrypt for this public key of age. Repeatable.", collect)
    .option("--passphrase", "Encrypt with a passphrase, which is asked for.")
    .option("--passphrase-file <file>", "Encrypt with the passphrase in a file; - is standard input.")
    .option("--skip-unreadable", "Leave out secrets that cannot be read, and name them.")
    .action(
      run<ExportOptions>(async (context, options, prefix = "") => {
        assertUsable(options, context.output.json);
        const { runExport } = await import("../export/run-export.ts");
        return await runExport(context, options, prefix);
      }),
    );

function assertUsable(options: ExportOptions, isJson: boolean): void {
  const { format, out, force, ageRecipient, passphrase, passphraseFile } = options;
  if (format !== "json" && format !== "env") throw new UsageError("The option --format is json or env.");
  if (isJson && out === undefined) {
    throw new UsageError(
      "With --json, the standard output is the report. Add --out for the secrets, or leave --json out.",
    );
  }
  if (force && out === undefined) throw new UsageError("The option --force is for --out.");
  const locks = [ageRecipient, passphrase || undefined, passphraseFile];
  if (locks.filter((lock) => lock !== undefined).length > 1) {
    throw new UsageError("Give one of --age-recipient, --passphrase and --passphrase-file.");
  }
}

function collect(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}
