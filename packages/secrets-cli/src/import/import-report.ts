import { isSecretsError, SecretsError } from "@archestra/secrets-core";
import { isDamagedSecret } from "@archestra/secrets-core/plugin";
import type { CommandContext } from "../program/command-context.ts";
import type { ImportItem, ImportOutcome, ImportSource } from "./import-outcome.ts";

/** A secret that was not imported, and why. */
export interface ImportDetail {
  readonly name: string;
  readonly outcome: "skipped" | "failed";
  readonly reason: string;
  readonly message: string;
}

/** The result of an import. */
export interface ImportReport {
  readonly imported: number;
  readonly unchanged: number;
  readonly skipped: number;
  readonly failed: number;
  /** Whether it ended early, because one secret after the other failed for a reason that concerns all of them. */
  readonly stopped: boolean;
  /** The first thousand. */
  readonly details: readonly ImportDetail[];
}

const CONCURRENCY = 16;
const MAXIMUM_DETAILS = 1_000;
const CODES_OF_ONE_SECRET: ReadonlySet<string> = new Set([
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "CONFLICT",
  "INVALID_ARGUMENT",
]);

/**
 * Imports all secrets of a source, sixteen at a time. The source is read no faster than its secrets are imported.
 *
 * @throws SecretsError ABORTED after the secrets in progress, when the signal aborts
 */
export async function importAll(
  source: ImportSource,
  { output, signal }: Pick<CommandContext, "output" | "signal">,
): Promise<ImportReport> {
  const counts = { imported: 0, unchanged: 0, skipped: 0, failed: 0 };
  const details: (ImportDetail & { readonly position: number })[] = [];
  const progress = output.progress("secrets");
  const running = new Set<Promise<void>>();
  let failuresInARow = 0;
  let fatal: { readonly error: unknown } | undefined;
  const isStopped = () => failuresInARow >= 2 * CONCURRENCY;

  const count = (position: number, name: string, result: ImportOutcome) => {
    counts[result.outcome]++;
    if ("reason" in result && details.length < MAXIMUM_DETAILS) details.push({ position, name, ...result });
  };
  const importOne = async (item: ImportItem, position: number) => {
    try {
      count(position, item.name, await item.apply());
      failuresInARow = 0;
    } catch (error) {
      if (!isSecretsError(error) || error.code === "ABORTED") fatal ??= { error };
      else {
        const { code, reason = code, message } = error;
        count(position, item.name, { outcome: "failed", reason, message });
        if (!CODES_OF_ONE_SECRET.has(code) && !isDamagedSecret(error)) failuresInARow++;
      }
    }
    const done = counts.imported + counts.unchanged + counts.skipped + counts.failed;
    progress.show({ done, total: source.total });
  };

  let position = 0;
  try {
    for await (const item of source.items()) {
      while (running.size >= CONCURRENCY) await Promise.race(running);
      if (signal.aborted || fatal !== undefined || isStopped()) break;
      const one = importOne(item, position++).finally(() => running.delete(one));
      running.add(one);
    }
  } finally {
    await Promise.all(running);
    progress.end();
  }
  if (signal.aborted) throw aborted(counts);
  if (fatal !== undefined) throw fatal.error;
  if (!isStopped()) {
    for (const { name, ...result } of (await source.end?.()) ?? []) count(position++, name, result);
  }
  details.sort((left, right) => left.position - right.position);
  return {
    ...counts,
    stopped: isStopped(),
    details: details.map(({ position: _, ...detail }) => detail),
  };
}

function aborted({ imported, unchanged }: { imported: number; unchanged: number }): SecretsError {
  return new SecretsError(
    "ABORTED",
    `The import was interrupted after ${imported} secrets were imported and ${unchanged} were unchanged. Each secret is consistent. Repeat the command to continue.`,
  );
}
