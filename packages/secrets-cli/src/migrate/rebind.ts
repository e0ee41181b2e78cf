import { rebindPaths } from "@archestra/secrets-core";
import { counted } from "../output/counted.ts";
import type { CommandContext } from "../program/command-context.ts";
import { showReport, withProgress } from "./bulk-result.ts";
import { assertConcurrency } from "./move-secrets.ts";

export interface RebindOptions {
  readonly prefix?: string;
  readonly dryRun?: boolean;
  readonly concurrency?: number;
}

/** Rewrites the paths in the ownership table. */
export async function rebind(context: CommandContext, options: RebindOptions): Promise<number> {
  const { prefix, dryRun = false, concurrency } = options;
  assertConcurrency(concurrency);
  const manager = await context.openManager();
  const report = await withProgress(context, manager, prefix, (given) =>
    rebindPaths(manager, { prefix, dryRun, concurrency, ...given }),
  );
  return showReport(context.output, report, {
    dryRun,
    done: (count) => `${counted(count, "path")} ${dryRun ? "can be rewritten" : "rewritten"}`,
  });
}
