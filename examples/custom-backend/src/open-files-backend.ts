import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { type PluginContext, type SecretsBackend, SecretsError } from "@archestra/secrets-core/plugin";
import { AgeCipher } from "./age-cipher.ts";
import { codeOfFileError } from "./file-error.ts";
import { FilesBackend } from "./files-backend.ts";

/** Opens the folder, and creates it when it does not exist. */
export async function openFilesBackend(
  folder: string,
  identity: string,
  { logger, opensDegraded }: PluginContext,
): Promise<SecretsBackend> {
  const cipher = await AgeCipher.of(identity);
  const path = resolve(folder);
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    // Without the path: a text that is not a folder may be a secret that was meant for another variable.
    const problem = "The folder that SECRETS_FILES_FOLDER names cannot be opened or created.";
    const code = codeOfFileError(cause) ?? "INTERNAL";
    // The secrets of other managers stay available, and each call of this one tries again.
    if (!opensDegraded) throw new SecretsError(code, problem, { cause });
    logger.warn({ code: "SECRETS_FILES_UNAVAILABLE" }, problem);
  }
  return new FilesBackend(path, cipher);
}
