import { declareCommand } from "../program/declare-command.ts";
import type { RunCommand } from "../program/run-command.ts";
import { UsageError } from "../program/usage-error.ts";

/** The options of `import`. */
export interface ImportOptions {
  readonly fromJson?: string;
  readonly fromEnv?: string;
  readonly fromVault?: boolean;
  readonly fromTable?: string;
  readonly fromUrl?: string;
  readonly names: string;
  readonly state: string;
  readonly secret?: string;
  readonly ageIdentityFile?: readonly string[];
  readonly passphraseFile?: string;
  readonly prefix: string;
  readonly overwrite?: boolean;
  readonly dryRun?: boolean;
}

export const declareImport = (run: RunCommand) =>
  declareCommand("import", {
    summary: "Import secrets from JSON, a .env file, Vault, or the table of Archestra.",
    description: [
      "--from-json reads an object of names and values, as `export` writes it. --from-env makes a secret of each variable, with the field `value`, or with --secret one field of that secret. Neither replaces a secret that has another value, unless --overwrite is given.",
      "Both read a file that is encrypted with age, too, as `export` writes it. The key is in the file of --age-identity-file. A passphrase is asked for, or read from --passphrase-file.",
      "--from-vault records the secrets that are already stored in Vault under the prefix of the settings, so that they are listed and owned. It reads and writes no value.",
      "--from-table reads the table `secret` of Archestra in the database that --from-url names, while that application is still running: plaintext, v1 envelopes, and references to Vault. Its encryption secret must be ARCHESTRA_SECRETS_ENCRYPTION_SECRET, ARCHESTRA_AUTH_SECRET, or among ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS. Repeat it until the old application is stopped, and once more afterwards. Only values that changed are written again. When both sides changed, the newest one wins. What was imported is remembered in the file of --state, which contains no value.",
      "A password in --from-url would be visible to other users of the machine: pass `--from-url -` and the URL on standard input, or set ARCHESTRA_SOURCE_DATABASE_URL.",
      "Exit code 1: a secret failed.",
    ],
    examples: [
      ["archestra-secrets import --from-json secrets.json --dry-run", "Shows what would be imported."],
      [
        "archestra-secrets import --from-env app.env --secret app",
        "Makes each variable a field of one secret.",
      ],
      [
        "archestra-secrets import --from-json a.age --age-identity-file key.txt",
        "Imports an encrypted export.",
      ],
      [
        "archestra-secrets import --from-table secret --env-file app.env",
        "Imports Archestra's table from ARCHESTRA_SOURCE_DATABASE_URL.",
      ],
      ["archestra-secrets import --from-vault", "Records the secrets that Vault already holds."],
    ],
    json: [
      ["dryRun", "whether nothing was written"],
      ["imported, unchanged, skipped, failed", "the numbers of secrets"],
      ["stopped", "whether it was interrupted"],
      [
        "details[].name, .outcome, .reason, .message",
        "the first thousand secrets that were skipped or failed",
      ],
    ],
  })
    .option("--from-json <file>", "A JSON object of names and values; - is standard input.")
    .option("--from-env <file>", "A .env file; - is standard input.")
    .option("--from-vault", "What Vault already holds under the prefix.")
    .option("--from-table <table>", "Archestra's table, such as secret or public.secret.")
    .option("--from-url <url>", "The database of the table; - is standard input.")
    .option("--names <form>", "Names of the table's secrets: id or name-id.", "id")
    .option("--state <file>", "Where the import of a table is remembered.", "archestra-import.state")
    .option("--secret <name>", "Import all variables of a .env file as fields of this secret.")
    .option(
      "--age-identity-file <file>",
      "Decrypt with the keys of age in this file; - is standard input. Repeatable.",
      collect,
    )
    .option("--passphrase-file <file>", "Decrypt with the passphrase in a file; - is standard input.")
    .option("--prefix <prefix>", "Put this before each name; for --from-vault: only these names.", "")
    .option("--overwrite", "Replace secrets that have another value.")
    .option("--dry-run", "Show what would be imported, and write nothing.")
    .action(
      run<ImportOptions>(async (context, options) => {
        assertUsable(options);
        const { runImport } = await import("../import/run-import.ts");
        return await runImport(context, options);
      }),
    );

function assertUsable(options: ImportOptions): void {
  const { fromJson, fromEnv, fromVault, fromTable, fromUrl, names, secret } = options;
  const { ageIdentityFile, passphraseFile } = options;
  const sources = [fromJson, fromEnv, fromVault || undefined, fromTable];
  if (sources.filter((source) => source !== undefined).length !== 1) {
    throw new UsageError("Give one of --from-json, --from-env, --from-vault and --from-table.");
  }
  const keys = [...(ageIdentityFile ?? []), ...(passphraseFile === undefined ? [] : [passphraseFile])];
  if (keys.length > 0 && fromJson === undefined && fromEnv === undefined) {
    throw new UsageError(
      "The options --age-identity-file and --passphrase-file are for --from-json and --from-env.",
    );
  }
  if (ageIdentityFile !== undefined && passphraseFile !== undefined) {
    throw new UsageError("Give one of --age-identity-file and --passphrase-file.");
  }
  if ([fromJson, fromEnv, ...keys].filter((file) => file === "-").length > 1) {
    throw new UsageError("Standard input can be one file only. Name the others.");
  }
  if (fromUrl !== undefined && fromTable === undefined) {
    throw new UsageError("The option --from-url is for --from-table.");
  }
  if (secret !== undefined && fromEnv === undefined) {
    throw new UsageError("The option --secret is for --from-env.");
  }
  if (fromUrl !== undefined && /^[a-z]+:\/\/[^/]*:[^/]+@/i.test(fromUrl)) {
    throw new UsageError(
      "The URL of --from-url contains a password, which other users of this machine can read. Pass `--from-url -` and the URL on standard input, or set ARCHESTRA_SOURCE_DATABASE_URL.",
    );
  }
  if (names !== "id" && names !== "name-id") throw new UsageError("The option --names is id or name-id.");
}

function collect(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}
