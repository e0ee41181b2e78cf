import type { BulkProgress, BulkReport, SecretsManager } from "@archestra/secrets-core";
import type { JsonValue } from "@archestra/secrets-core/plugin";
import type { Output } from "../output/output.ts";
import type { Page } from "../output/page.ts";
import type { CommandContext } from "../program/command-context.ts";
import { exitCodes } from "../program/exit-codes.ts";

/** What a command on many secrets shows. */
export interface BulkSubject {
  readonly dryRun: boolean;
  /** What was done, such as `2 secrets moved to VAULT`. */
  readonly done: (count: number) => string;
  /** Further keys of the JSON result. */
  readonly json?: { readonly [key: string]: JsonValue };
  /** Writes what to do next, if everything succeeded. */
  readonly next?: (page: Page) => void;
}

/** Runs work on many secrets and shows how far it is. The secrets are counted first, for the time that is left. */
export async function withProgress(
  { output, signal, waitFor }: CommandContext,
  manager: SecretsManager,
  prefix: string | undefined,
  work: (options: {
    readonly onProgress: (progress: BulkProgress) => void;
    readonly signal: AbortSignal;
  }) => Promise<BulkReport>,
): Promise<BulkReport> {
  const total = await countSecrets(manager, prefix, signal);
  const progress = output.progress("secrets");
  try {
    return await waitFor(() =>
      work({
        signal,
        onProgress: ({ done, skipped, failed }) => progress.show({ done: done + skipped + failed, total }),
      }),
    );
  } finally {
    progress.end();
  }
}

/** Undefined: they cannot be listed. The work reports why, if it matters to it. */
async function countSecrets(
  manager: SecretsManager,
  prefix: string | undefined,
  signal: AbortSignal,
): Promise<number | undefined> {
  let count = 0;
  try {
    for await (const _ of manager.list({ prefix, signal })) count++;
    return count;
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}

/** Shows a report. @returns the exit code */
export function showReport(
  output: Output,
  { done, skipped, failed, failures, stopped }: BulkReport,
  subject: BulkSubject,
): number {
  const { dryRun } = subject;
  const shown = failures.map(({ name, error: { code, reason, message } }) => ({
    name,
    code,
    ...(reason === undefined ? {} : { reason }),
    message,
  }));
  const isComplete = failed === 0 && !stopped;
  output.result({ ...subject.json, dryRun, done, skipped, failed, failures: shown, stopped }, (page) => {
    page.line(`${subject.done(done)}, ${skipped} skipped, ${failed} failed.`);
    if (dryRun) page.line("Nothing was changed.");
    if (stopped) {
      page.line(
        "The work ended early, because many secrets in a row failed for a common reason. Remove the cause, and repeat the command.",
      );
    }
    if (shown.length > 0) showFailures(page, shown, failed);
    if (isComplete && !dryRun && done > 0) subject.next?.(page);
  });
  return isComplete ? exitCodes.success : exitCodes.failure;
}

type ShownFailure = {
  readonly name: string;
  readonly code: string;
  readonly reason?: string;
  readonly message: string;
};

/** Lists the secrets, and explains each kind of failure once. */
function showFailures(page: Page, failures: readonly ShownFailure[], failed: number): void {
  page.line();
  page.table(
    [{ title: "FAILED", atLeast: 20 }, { title: "CODE" }, { title: "REASON" }],
    failures.map(({ name, code, reason = "-" }) => [name, code, reason]),
  );
  if (failed > failures.length) page.line(`${failed - failures.length} further failures are not listed.`);
  const kinds = new Map(failures.map((failure) => [failure.reason ?? failure.code, failure]));
  for (const [kind, { name, message }] of kinds) {
    page.line();
    page.line(`${kind}, such as of ${JSON.stringify(name)}: ${message}`);
  }
}
