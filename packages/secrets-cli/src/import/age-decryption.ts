import type { Decrypter } from "age-encryption";
import type { ImportOptions } from "../commands/import.ts";
import { printable } from "../output/printable.ts";
import type { CommandContext } from "../program/command-context.ts";
import { UsageError } from "../program/usage-error.ts";

const BINARY = "age-encryption.org/v1\n";
const ARMORED = "-----BEGIN AGE ENCRYPTED FILE-----";
/** Begins the part of a header that a passphrase opens. */
const PASSPHRASE = "\n-> scrypt ";

type DecryptionOptions = Pick<ImportOptions, "ageIdentityFile" | "passphraseFile">;

/**
 * Decrypts a file that `export` or age has encrypted, and returns another one as it is. A passphrase is asked for, unless it is
 * in a file.
 *
 * @param subject names the file, for messages
 * @throws UsageError when it cannot be decrypted, or when the options do not fit it
 */
export async function decryptIfEncrypted(
  file: Uint8Array,
  subject: string,
  context: Pick<CommandContext, "input">,
  options: DecryptionOptions,
): Promise<Uint8Array> {
  const binary = await binaryOf(file, subject);
  if (binary === undefined) {
    if (options.ageIdentityFile === undefined && options.passphraseFile === undefined) return file;
    throw new UsageError(
      `${subject} is not encrypted with age. Leave out --age-identity-file and --passphrase-file.`,
    );
  }
  const { Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  const byPassphrase = latin1(binary.subarray(0, 1_000)).includes(PASSPHRASE);
  if (byPassphrase) decrypter.addPassphrase(await readPassphrase(subject, context, options));
  else await addIdentities(decrypter, subject, context, options);
  try {
    return await decrypter.decrypt(binary);
  } catch {
    // The library's message is not shown, since it could quote the file.
    const key = byPassphrase ? "The passphrase is another one" : "No key of --age-identity-file opens it";
    throw new UsageError(`${subject} cannot be decrypted. ${key}, or the file is damaged.`);
  }
}

/** Undefined: it is not encrypted with age. */
async function binaryOf(file: Uint8Array, subject: string): Promise<Uint8Array | undefined> {
  const start = latin1(file.subarray(0, 100));
  if (start.startsWith(BINARY)) return file;
  if (!start.trimStart().startsWith(ARMORED)) return undefined;
  const { armor } = await import("age-encryption");
  try {
    return armor.decode(latin1(file));
  } catch {
    throw new UsageError(`${subject} is damaged: its armor of age is not complete.`);
  }
}

async function addIdentities(
  decrypter: Decrypter,
  subject: string,
  { input }: Pick<CommandContext, "input">,
  { ageIdentityFile: paths }: DecryptionOptions,
): Promise<void> {
  if (paths === undefined) {
    throw new UsageError(
      `${subject} is encrypted for the owner of a key of age. Name the file of the key with --age-identity-file.`,
    );
  }
  for (const path of paths) {
    const lines = (await input.file(path, "--age-identity-file")).split(/\r?\n/).map((line) => line.trim());
    const identities = lines.filter((line) => line !== "" && !line.startsWith("#"));
    try {
      if (identities.length === 0) throw new Error("no identity");
      for (const identity of identities) decrypter.addIdentity(identity);
    } catch {
      throw new UsageError(
        `The file ${printable(path)} of --age-identity-file does not hold keys of age alone. A key is a line that begins with AGE-SECRET-KEY-, as \`age-keygen\` writes it. Decrypt a key that is itself encrypted first.`,
      );
    }
  }
}

async function readPassphrase(
  subject: string,
  { input }: Pick<CommandContext, "input">,
  { passphraseFile }: DecryptionOptions,
): Promise<string> {
  if (passphraseFile !== undefined) {
    return (await input.file(passphraseFile, "--passphrase-file")).replace(/\r?\n$/, "");
  }
  if (!input.isTerminal) {
    throw new UsageError(
      `${subject} is encrypted with a passphrase, and there is no terminal to ask for it on. Use --passphrase-file, where - is standard input.`,
    );
  }
  return await input.secret("Passphrase:");
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
