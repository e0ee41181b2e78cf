import { migrateSecrets } from "@archestra/secrets-core";
import { counted } from "../output/counted.ts";
import type { Page } from "../output/page.ts";
import { shellCommand } from "../output/shell-quote.ts";
import type { CommandContext } from "../program/command-context.ts";
import { UsageError } from "../program/usage-error.ts";
import { showReport, withProgress } from "./bulk-result.ts";
import { withoutExpectedWarnings } from "./expected-warnings.ts";

export interface MoveOptions {
  readonly from?: string;
  readonly to?: string;
  readonly prefix?: string;
  readonly dryRun?: boolean;
  readonly concurrency?: number;
  readonly writersStopped?: boolean;
}

/** Moves secrets to another manager. */
export async function moveSecrets(context: CommandContext, options: MoveOptions): Promise<number> {
  const { from, to, prefix, dryRun = false, concurrency, writersStopped } = options;
  if (to === undefined) throw new UsageError("Name the target manager with --to, such as --to VAULT.");
  if (from !== undefined && from.toUpperCase() === to.toUpperCase()) {
    throw new UsageError("--from and --to name the same manager. Name two.");
  }
  assertConcurrency(concurrency);
  const { output, settingsOptions } = context;
  const manager = await context.openManager({ logger: withoutExpectedWarnings(context.logger) });
  const report = await withProgress(context, manager, prefix, (given) =>
    migrateSecrets(manager, { from, to, prefix, dryRun, concurrency, writersStopped, ...given }),
  );
  return showReport(output, report, {
    dryRun,
    done: (count) => `${counted(count, "secret")} ${dryRun ? "can be moved" : "moved"} to ${to}`,
    json: { ...(from === undefined ? {} : { from }), to },
    next: (page) => {
      page.line();
      page.line(
        "A copy of each moved secret stays at its old manager, for a rollback. When you no longer need it, remove the copies:",
      );
      page.exact(`  ${shellCommand("archestra-secrets", ...settingsOptions, "migrate", "finalize")}`);
      writeSelection(page, manager.describe().manager, to);
    },
  });
}

/** Where new secrets go is decided by a variable and not by a move. */
function writeSelection(page: Page, selected: string, to: string): void {
  const target = to.toUpperCase();
  if (selected === target) return;
  page.line();
  page.line(
    `New secrets are still stored in ${selected}, which is selected. To store them in ${target}, set ARCHESTRA_SECRETS_MANAGER=${target} in every process.`,
  );
}

/** @throws UsageError for more than the calls of core accept */
export function assertConcurrency(concurrency: number | undefined): void {
  if (concurrency !== undefined && concurrency > 256) {
    throw new UsageError("--concurrency must be at most 256.");
  }
}
