import { access, constants, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type DiagnosisContext, SecretsError, type SecretsErrorCode } from "@archestra/secrets-core/plugin";
import { codeOfFileError } from "./file-error.ts";
import { secretNames } from "./secret-names.ts";

// #region diagnose
/** Examines the folder. Nothing is created or changed, also where a start would create the folder. */
export async function diagnoseFiles(folder: string, context: DiagnosisContext): Promise<void> {
  const { fact, finding, failure, signal } = context;
  const path = resolve(folder);
  const remedy = { variable: "SECRETS_FILES_FOLDER" };
  try {
    if (!(await stat(path)).isDirectory()) return failure(unusable("UNAVAILABLE"), { remedy });
    // Shown only now: a text that is not a folder may be a secret that was meant for another variable.
    fact({ key: "folder", label: "folder", value: path });
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    let count = 0;
    for await (const _name of secretNames(path, { prefix: "" })) {
      // What was reported until now is shown.
      if (signal.aborted) return;
      count++;
    }
    fact({ key: "secrets", label: "secrets in it", value: count });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      finding({
        code: "FOLDER_ABSENT",
        severity: "degraded",
        message: "The folder that SECRETS_FILES_FOLDER names does not exist. The next start creates it.",
        remedy: { ...remedy, text: "If the secrets are in another folder, correct the path." },
      });
      return;
    }
    failure(unusable(codeOfFileError(error) ?? "INTERNAL", error), { remedy });
  }
}

function unusable(code: SecretsErrorCode, cause?: unknown): SecretsError {
  const problem = "What SECRETS_FILES_FOLDER names is not a folder that can be read and written.";
  return new SecretsError(code, problem, { cause });
}
// #endregion
