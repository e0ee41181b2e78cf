import type { FinalizeOptions } from "../migrate/finalize.ts";
import type { MoveOptions } from "../migrate/move-secrets.ts";
import type { DatabaseMoveOptions, ReleaseOptions } from "../migrate/move-to-database.ts";
import { declareCommand } from "../program/declare-command.ts";
import { parseCount } from "../program/parse-count.ts";
import type { RunCommand } from "../program/run-command.ts";

/** The keys of the result of a call that processes many secrets. */
export const bulkJson = [
  ["dryRun", "whether nothing was changed"],
  ["skipped", "the number of secrets that needed no change"],
  ["failed", "the number of failed secrets; each stays as it was"],
  ["failures[].name, .code, .reason, .message", "the first thousand failures"],
  ["stopped", "whether the work ended early, because many secrets in a row failed for a common reason"],
] as const;

const concurrency = [
  "--concurrency <count>",
  "Process this many at the same time, at most 256. Default: 16.",
] as const;

export const declareMigrate = (run: RunCommand) =>
  declareCommand("migrate", {
    summary: "Move secrets to another manager, while applications read and write them.",
    description: [
      "The settings must configure both managers. Each secret is locked for a moment, in which writers wait. Interrupted, the command continues when it is repeated. Exit code 1: a secret was not moved.",
      "Each moved secret leaves a copy at its old manager for a rollback, until `migrate finalize`. Moving the secrets back is the rollback.",
    ],
    examples: [
      [
        "archestra-secrets migrate --from DB --to VAULT --dry-run",
        "Shows what would fail, and changes nothing.",
      ],
      ["archestra-secrets migrate --from DB --to VAULT", "Moves the secrets of the database to Vault."],
      ["archestra-secrets migrate --to DB --prefix github/", "Moves some secrets of all other managers."],
    ],
    json: [
      ["from, to", "the ids of the managers; `from` is absent if it was not given"],
      ["done", "the number of moved secrets, or with --dry-run of movable ones"],
      ...bulkJson,
    ],
  })
    .option("--from <manager>", "Move only secrets of this manager. Default: those of all other managers.")
    .option("--to <manager>", "Move the secrets to this manager. Required.")
    .option("--prefix <prefix>", "Move only secrets whose names begin with this.")
    .option("--dry-run", "Show what would fail, and change nothing.")
    .option(...concurrency, parseCount)
    .option(
      "--writers-stopped",
      "Declare that no process writes secrets, which KV version 1 as a source requires.",
    )
    .action(
      run<MoveOptions>(async (context, options) => {
        const { moveSecrets } = await import("../migrate/move-secrets.ts");
        return moveSecrets(context, options);
      }),
    )
    .addCommand(declareFinalize(run))
    .addCommand(declareDatabase(run))
    .addCommand(declareRelease(run));

const declareFinalize = (run: RunCommand) =>
  declareCommand("finalize", {
    summary: "Remove the copies that moves left at old managers.",
    description: [
      "A copy is removed only if the owner has the value. After this, a rollback is another migration.",
    ],
    examples: [
      ["archestra-secrets migrate finalize --dry-run", "Counts the copies, and changes nothing."],
      [
        "archestra-secrets migrate finalize --copies-at DB --yes",
        "Removes the copies in the database without asking.",
      ],
    ],
    json: [["done", "the number of removed copies, or with --dry-run of removable ones"], ...bulkJson],
  })
    .option("--copies-at <manager>", "Remove only copies at this manager. Default: copies at every manager.")
    .option("--prefix <prefix>", "Process only secrets whose names begin with this.")
    .option("--dry-run", "Show what would fail, and change nothing.")
    .option(...concurrency, parseCount)
    .option("--yes", "Do not ask.")
    .action(
      run<FinalizeOptions>(async (context, options) => {
        const { finalize } = await import("../migrate/finalize.ts");
        return finalize(context, options);
      }),
    );

const declareDatabase = (run: RunCommand) =>
  declareCommand("database", {
    summary: "Move everything in one database to another one, while applications read and write it.",
    description: [
      "Each file sets ARCHESTRA_DATABASE_URL, or ARCHESTRA_DATABASE_URL_FILE, and other ARCHESTRA_DATABASE_ variables of its database. No encryption secret is needed. The target must be empty. Interrupted, the command continues when it is repeated.",
      "Near the end, the source refuses changes. Then both databases are compared. Restart the applications with the URL of the target afterwards.",
    ],
    examples: [
      [
        "archestra-secrets migrate database --from-env-file a.env --to-env-file b.env",
        "Moves all rows and keys, and compares both databases.",
      ],
      [
        "archestra-secrets migrate release --from-env-file old.env",
        "Returns to the source: it accepts changes again.",
      ],
    ],
    json: [
      ["dryRun", "whether nothing was changed; then `passes` and `verified` are absent"],
      ["rows", "rows of the table of secrets at the target, or with --dry-run at the source"],
      ["keys", "encryption keys there"],
      ["continues", "with --dry-run: whether the target has a part of this move already"],
      ["passes", "how often the table was read to be copied; 0: an earlier run had ended the move"],
      ["verified", "true: every row and key of both databases was compared"],
    ],
  })
    .requiredOption("--from-env-file <file>", "Read the variables of the source from this file.")
    .requiredOption("--to-env-file <file>", "Read the variables of the target from this file.")
    .option("--dry-run", "Check both databases, and change nothing.")
    .action(
      run<DatabaseMoveOptions>(async (context, options) => {
        const { moveToDatabase } = await import("../migrate/move-to-database.ts");
        return moveToDatabase(context, options);
      }),
    );

const declareRelease = (run: RunCommand) =>
  declareCommand("release", {
    summary: "Let the source of `migrate database` accept changes again: the rollback of a move.",
    description: [
      "Changes that were written to the target since the move are not copied back. To keep them, move the target back with `migrate database`, with the files exchanged.",
    ],
    examples: [
      ["archestra-secrets migrate release --from-env-file old.env", "Asks, and opens the source again."],
      ["archestra-secrets migrate release --from-env-file old.env --yes", "Does not ask."],
    ],
    json: [["released", "whether the database was closed by a move"]],
  })
    .requiredOption("--from-env-file <file>", "Read the variables of the source from this file.")
    .option("--yes", "Do not ask.")
    .action(
      run<ReleaseOptions>(async (context, options) => {
        const { releaseSource } = await import("../migrate/move-to-database.ts");
        return releaseSource(context, options);
      }),
    );
