import type { SweepReport } from "@archestra/secrets-db";
import { counted } from "../output/counted.ts";
import { shellCommand } from "../output/shell-quote.ts";
import type { CommandContext } from "../program/command-context.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { openForRotation } from "./open.ts";

export interface SweepCommandOptions {
  readonly dryRun?: boolean;
}

/** Encrypts every secret under the current key again. */
export async function sweep(
  context: CommandContext,
  { dryRun = false }: SweepCommandOptions,
): Promise<number> {
  const { output, signal } = context;
  const rotation = await openForRotation(context);
  const progress = output.progress("secrets");
  const report = await rotation
    .sweep({
      dryRun,
      signal,
      onProgress: ({ reencrypted, remaining }) =>
        progress.show({ done: reencrypted, total: reencrypted + remaining }),
    })
    .finally(() => progress.end());
  output.result({ ...report }, (page) => {
    for (const line of describe(report)) page.line(line);
    if (report.done) {
      page.line("The next step:");
      page.exact(`  ${shellCommand("archestra-secrets", "rotate", "status")}`);
    }
  });
  const isClean = report.failed + report.unknown === 0;
  return report.done || (dryRun && isClean) ? exitCodes.success : exitCodes.failure;
}

function describe({
  keyId,
  reencrypted,
  failed,
  unknown,
  superseded,
  stillWritten,
  done,
  dryRun,
}: SweepReport): string[] {
  return [
    dryRun
      ? `${counted(reencrypted, "secret")} would be moved to the key ${keyId}. Nothing was changed.`
      : `${counted(reencrypted, "secret")} moved to the key ${keyId}.`,
    ...(failed === 0
      ? []
      : [
          `${failed} secrets cannot be decrypted although their key is there. List them with \`rotate verify\`.`,
        ]),
    ...(unknown === 0
      ? []
      : [
          `${unknown} secrets are under keys that the settings do not contain. Put their secrets into ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS, and repeat the command.`,
        ]),
    ...(superseded
      ? ["Another key was registered last meanwhile, so its processes sweep. This sweep ended."]
      : []),
    ...(stillWritten
      ? ["Other processes kept writing under another key. End them, and repeat the command."]
      : []),
    ...(done ? ["Every secret is under the current key."] : []),
  ];
}
