import { type HealthProblem, isSecretsError, type Logger } from "@archestra/secrets-core/plugin";

/** How many folders one message names. */
const MOST_NAMED = 5;
/** How many folders are remembered to warn of each once. */
const MOST_REMEMBERED = 1_000;

/** Folders that one list leaves out and reports, since the policies of the token do not allow to list them. */
export class DeniedFolders {
  readonly #folders: string[] = [];
  readonly #logger: Logger;
  readonly #warnedOf: Set<string>;

  /** @param warnedOf the folders of which a list has warned */
  constructor(logger: Logger, warnedOf: Set<string>) {
    this.#logger = logger;
    this.#warnedOf = warnedOf;
  }

  /**
   * Leaves a folder out.
   *
   * @throws the error, when it is not a refusal by policy
   */
  leaveOut(folder: string, error: unknown): readonly string[] {
    if (!isRefusalByPolicy(error)) throw error;
    this.#folders.push(folder);
    if (this.#warnedOf.has(folder) || this.#warnedOf.size >= MOST_REMEMBERED) return [];
    this.#warnedOf.add(folder);
    this.#logger.warn(
      { code: "ARCHESTRA_SECRETS_VAULT_FOLDER_NOT_LISTED", folder },
      `The secrets in the folder ${JSON.stringify(folder)} are not listed. ${error.message}`,
    );
    return [];
  }

  /** The problem for `check`. Undefined: every folder was listed. */
  get problem(): HealthProblem | undefined {
    const { length } = this.#folders;
    if (length === 0) return undefined;
    const named = this.#folders.slice(0, MOST_NAMED).map((folder) => JSON.stringify(folder));
    const others = length > named.length ? ` and ${length - named.length} others` : "";
    const message = `The policies of the Vault token do not allow "list" on ${length === 1 ? "the folder" : "the folders"} ${named.join(", ")}${others}, so the secrets there are neither listed nor counted. Add "list" for them to the policy.`;
    return { code: "PERMISSION_DENIED", reason: "FOLDERS_NOT_LISTED", message };
  }
}

/** Whether Vault refused a request because of the policies of the token, which proves that Vault answers and knows the token. */
export function isRefusalByPolicy(error: unknown): error is Error & { readonly reason: string } {
  return (
    isSecretsError(error, "PERMISSION_DENIED") &&
    (error.reason === "POLICY" || error.reason === "POLICY_CONDITION")
  );
}
