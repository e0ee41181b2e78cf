import type { ExportOptions } from "../commands/export.ts";
import type { CommandContext } from "../program/command-context.ts";
import { UsageError } from "../program/usage-error.ts";

/** Encrypts text while it is produced. */
export type Encrypt = (text: AsyncIterable<string>) => AsyncIterable<Uint8Array>;

/**
 * Prepares the encryption that the options ask for. A passphrase is asked for here, before anything is read.
 *
 * @returns undefined when the export is not encrypted
 * @throws UsageError for a wrong recipient or passphrase
 */
export async function openEncryption(
  context: CommandContext,
  options: ExportOptions,
): Promise<Encrypt | undefined> {
  const { ageRecipient } = options;
  const passphrase = await readPassphrase(context, options);
  if (passphrase === undefined && ageRecipient === undefined) return undefined;
  const { Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  if (passphrase !== undefined) encrypter.setPassphrase(passphrase);
  for (const recipient of ageRecipient ?? []) {
    try {
      encrypter.addRecipient(recipient);
    } catch {
      throw new UsageError(
        "A value of --age-recipient is not a public key of age. It begins with age1, and `age-keygen` prints it.",
      );
    }
  }
  return (text) => encryptWith(encrypter, text);
}

async function* encryptWith(
  encrypter: import("age-encryption").Encrypter,
  text: AsyncIterable<string>,
): AsyncGenerator<Uint8Array> {
  yield* await encrypter.encrypt(
    ReadableStream.from(text).pipeThrough(new TextEncoderStream()) as ReadableStream<Uint8Array>,
  );
}

async function readPassphrase(
  { input }: CommandContext,
  { passphrase = false, passphraseFile }: ExportOptions,
): Promise<string | undefined> {
  if (passphraseFile !== undefined) {
    const text = (await input.file(passphraseFile, "--passphrase-file")).replace(/\r?\n$/, "");
    if (text === "") throw new UsageError("The passphrase is empty.");
    return text;
  }
  if (!passphrase) return undefined;
  if (!input.isTerminal) {
    throw new UsageError(
      "There is no terminal to ask for the passphrase on. Use --passphrase-file, where - is standard input.",
    );
  }
  const first = await input.secret("Passphrase:");
  if (first === "") throw new UsageError("The passphrase is empty.");
  if (first !== (await input.secret("Repeat the passphrase:"))) {
    throw new UsageError("The passphrases differ. Repeat the command.");
  }
  return first;
}
