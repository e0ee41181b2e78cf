import { finalizeMigration } from "@archestra/secrets-core";
import { counted } from "../output/counted.ts";
import { assertConfirmed } from "../program/assert-confirmed.ts";
import type { CommandContext } from "../program/command-context.ts";
import { showReport, withProgress } from "./bulk-result.ts";
import { withoutExpectedWarnings } from "./expected-warnings.ts";
import { assertConcurrency } from "./move-secrets.ts";

export interface FinalizeOptions {
  readonly copiesAt?: string;
  readonly prefix?: string;
  readonly dryRun?: boolean;
  readonly concurrency?: number;
  readonly yes?: boolean;
}

/** Removes the copies that moves left behind. */
export async function finalize(context: CommandContext, options: FinalizeOptions): Promise<number> {
  const { copiesAt, prefix, dryRun = false, concurrency } = options;
  assertConcurrency(concurrency);
  if (!dryRun) {
    const question = `Remove the copies${copiesAt === undefined ? "" : ` at ${copiesAt}`}? After this, a rollback is another migration.`;
    await assertConfirmed(context, options, question);
  }
  const manager = await context.openManager({ logger: withoutExpectedWarnings(context.logger) });
  const report = await withProgress(context, manager, prefix, (given) =>
    finalizeMigration(manager, { copiesAt, prefix, dryRun, concurrency, ...given }),
  );
  return showReport(context.output, report, {
    dryRun,
    done: (count) => `${counted(count, "copy", "copies")} ${dryRun ? "can be removed" : "removed"}`,
  });
}
