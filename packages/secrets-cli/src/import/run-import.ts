import type { ImportOptions } from "../commands/import.ts";
import type { CommandContext } from "../program/command-context.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { openFileSource } from "./file-source.ts";
import type { ImportSource } from "./import-outcome.ts";
import { type ImportReport, importAll } from "./import-report.ts";

/** Runs an import and shows its report. @returns the exit code */
export async function runImport(context: CommandContext, options: ImportOptions): Promise<number> {
  const { dryRun = false } = options;
  const source = await openSource(context, options);
  const report = await context.waitFor(() => importAll(source, context));
  const { imported, unchanged, skipped, failed, stopped, details } = report;
  context.output.result(
    {
      dryRun,
      imported,
      unchanged,
      skipped,
      failed,
      stopped,
      details: details.map((detail) => ({ ...detail })),
    },
    (page) => {
      page.pairs([
        [dryRun ? "would import" : "imported", String(imported)],
        ["unchanged", String(unchanged)],
        ["skipped", String(skipped)],
        ["failed", String(failed)],
      ]);
      for (const [reason, ofReason] of Map.groupBy(
        details,
        (detail) => `${detail.outcome}: ${detail.reason}`,
      )) {
        page.line();
        page.heading(reason);
        page.line(ofReason[0]?.message ?? "");
        for (const { name } of ofReason) page.line(`  ${name}`, "  ");
      }
      const left = skipped + failed - details.length;
      if (left > 0) page.line(`There are ${left} more, which are not shown.`);
      if (dryRun) {
        page.line();
        page.line("Nothing was written.");
      }
    },
  );
  warnIfStopped(context, report);
  return failed > 0 ? exitCodes.failure : exitCodes.success;
}

async function openSource(context: CommandContext, options: ImportOptions): Promise<ImportSource> {
  if (options.fromTable !== undefined) {
    const { openTableSource } = await import("../import-table/table-source.ts");
    return await openTableSource(context, options, options.fromTable);
  }
  if (options.fromVault) {
    const { openVaultSource } = await import("./vault-source.ts");
    return await openVaultSource(context, options);
  }
  return await openFileSource(context, options);
}

function warnIfStopped({ output }: CommandContext, { stopped, details }: ImportReport): void {
  if (!stopped) return;
  output.warn(
    "IMPORT_STOPPED",
    `The import stopped, because one secret after the other failed. Remove the cause and repeat the command. The last failure: ${details.at(-1)?.message ?? "unknown"}`,
  );
}
