import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { type SecretsBackend, SecretsError } from "@archestra/secrets-core/plugin";
import { AgeCipher } from "./age-cipher.ts";
import { codeOfFileError } from "./file-error.ts";
import { FilesBackend } from "./files-backend.ts";

/** Opens the folder, and creates it when it does not exist. */
export async function openFilesBackend(folder: string, identity: string): Promise<SecretsBackend> {
  const cipher = await AgeCipher.of(identity);
  const path = resolve(folder);
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new SecretsError(
      codeOfFileError(cause) ?? "INTERNAL",
      // Without the path: a text that is not a folder may be a secret that was meant for another variable.
      "The folder that SECRETS_FILES_FOLDER names cannot be opened or created.",
      { cause },
    );
  }
  return new FilesBackend(path, cipher);
}
