import type { ExportOptions } from "../commands/export.ts";
import type { CommandContext } from "../program/command-context.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { UsageError } from "../program/usage-error.ts";
import { openEncryption } from "./age-encryption.ts";
import { envFile } from "./env-file.ts";
import { jsonFile } from "./json-file.ts";
import { assertFree, writeNewFile } from "./new-file.ts";
import { SecretReader } from "./secret-reader.ts";

/** Writes the secrets of a prefix to a file or to standard output. @returns the exit code */
export async function runExport(
  context: CommandContext,
  options: ExportOptions,
  prefix: string,
): Promise<number> {
  const { output, signal } = context;
  const { format, out, force = false } = options;
  if (out !== undefined && !force) assertFree(out);
  const isEncrypted = [options.ageRecipient, options.passphraseFile].some((lock) => lock !== undefined);
  if ((isEncrypted || options.passphrase) && out === undefined && output.isTerminal) {
    throw new UsageError("An encrypted export is not text. Add --out, or redirect the standard output.");
  }
  const encrypt = await openEncryption(context, options);
  const reader = new SecretReader(await context.openManager(), {
    prefix,
    signal,
    progress: output.progress("secrets", out !== undefined || !output.isTerminal),
    skipsUnreadable: options.skipUnreadable === true,
  });
  const text = format === "env" ? envFile(reader.secrets()) : jsonFile(reader.secrets());
  const content = encrypt === undefined ? text : encrypt(text);
  // Abandoned, it would leave a draft of the file.
  if (out !== undefined) await context.waitFor(() => writeNewFile(out, content, force));
  else await output.content(content);

  const { count, unreadable } = reader;
  for (const { name, message } of unreadable) {
    output.warn("UNREADABLE", `warning: The secret ${name} cannot be read and was left out. ${message}`);
  }
  if (out !== undefined) {
    output.result(
      {
        file: out,
        format,
        secrets: count,
        encrypted: encrypt !== undefined,
        skipped: unreadable.map(({ name }) => name),
      },
      (page) =>
        page.line(
          `Exported ${count} ${count === 1 ? "secret" : "secrets"} to ${out}${encrypt ? ", encrypted" : ""}.`,
        ),
    );
  }
  return unreadable.length > 0 ? exitCodes.failure : exitCodes.success;
}
