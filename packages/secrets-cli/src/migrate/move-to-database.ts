import { checkDatabaseMove, type DbOptions, moveDatabase, releaseDatabase } from "@archestra/secrets-db";
import { counted } from "../output/counted.ts";
import { shellCommand } from "../output/shell-quote.ts";
import { assertConfirmed } from "../program/assert-confirmed.ts";
import type { CommandContext } from "../program/command-context.ts";
import { readDatabaseFile } from "./database-file.ts";

export interface DatabaseMoveOptions {
  readonly fromEnvFile: string;
  readonly toEnvFile: string;
  readonly dryRun?: boolean;
}

export interface ReleaseOptions {
  readonly fromEnvFile: string;
  readonly yes?: boolean;
}

const phases = {
  copy: "Copying. The source accepts changes.",
  final: "Copying the rest. The source refuses changes from now on.",
  verify: "Comparing both databases.",
} as const;

/** Moves everything in one database to another one. */
export async function moveToDatabase(context: CommandContext, options: DatabaseMoveOptions): Promise<void> {
  const { output, signal, logger } = context;
  const from = await readDatabaseFile(context, options.fromEnvFile, "--from-env-file");
  const to = await readDatabaseFile(context, options.toEnvFile, "--to-env-file");
  if (options.dryRun) return await checkMove(context, from, to);
  let phase: string | undefined;
  let progress = output.progress("rows");
  try {
    const { rows, keys, passes, verified } = await moveDatabase({
      from,
      to,
      signal,
      logger,
      onProgress: (state) => {
        if (state.phase !== phase) {
          phase = state.phase;
          progress.end();
          output.note(phases[state.phase]);
          progress = output.progress("rows");
        }
        progress.show({ done: state.rows });
      },
    });
    progress.end();
    output.result({ dryRun: false, rows, keys, passes, verified }, (page) => {
      page.line(
        `The target has ${counted(rows, "row")} and ${counted(keys, "key")}. Every one was compared with the source.`,
      );
      page.line("The source refuses changes. Set the URL of the target in every process, and restart it.");
      page.line();
      page.line("To return to the source without the changes that are made from now on:");
      page.exact(
        `  ${shellCommand("archestra-secrets", "migrate", "release", "--from-env-file", options.fromEnvFile)}`,
      );
    });
  } finally {
    progress.end();
  }
}

async function checkMove(
  { output, signal, logger }: CommandContext,
  from: DbOptions,
  to: DbOptions,
): Promise<void> {
  const { rows, keys, continues } = await checkDatabaseMove({ from, to, signal, logger });
  output.result({ dryRun: true, rows, keys, continues }, (page) => {
    page.line(`${counted(rows, "row")} and ${counted(keys, "key")} of the source can be moved.`);
    page.line(
      continues
        ? "The target has a part of them from an earlier run."
        : "The target is empty, or does not exist.",
    );
    page.line("Nothing was changed.");
  });
}

/** Lets the source of a move accept changes again. */
export async function releaseSource(context: CommandContext, options: ReleaseOptions): Promise<void> {
  const { output, signal, logger } = context;
  const database = await readDatabaseFile(context, options.fromEnvFile, "--from-env-file");
  await assertConfirmed(
    context,
    options,
    "Let the source accept changes again? Changes that were written to the target are not copied back.",
  );
  const released = await releaseDatabase(database, { signal, logger });
  output.result({ released }, (page) =>
    page.line(released ? "The database accepts changes again." : "The database was not closed by a move."),
  );
}
