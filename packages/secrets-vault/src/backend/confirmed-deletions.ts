import { type CallContext, type DeleteExpectation, SecretsError } from "@archestra/secrets-core/plugin";
import { type Kv2State, versionOf } from "./kv2-answers.ts";
import { Kv2Backend } from "./kv2-backend.ts";

/**
 * Reads a secret again after its deletion. Vault answers 204 to a deletion under any metadata path, also under one where
 * nothing is stored, so that a wrong `…_SECRET_METADATA_PATH` would leave the value while the deletion seems to succeed.
 */
export class ConfirmedDeletions extends Kv2Backend {
  override async delete(
    name: string,
    options: { readonly expect: DeleteExpectation },
    context: CallContext,
  ): Promise<boolean> {
    const before = storedState(await this.readLatest(name, context));
    const deleted = await super.delete(name, options, context);
    // For a damaged secret, only the metadata path shows whether there was one.
    if (before === undefined || (!deleted && before !== "damaged")) return deleted;
    const after = storedState(await this.readLatest(name, context));
    // With another version, another process created the secret again.
    if (after !== before) return deleted;
    throw new SecretsError(
      "INVALID_CONFIGURATION",
      "The deletion under ARCHESTRA_HASHICORP_VAULT_SECRET_METADATA_PATH had no effect: the secret still exists. The path does not belong to ARCHESTRA_HASHICORP_VAULT_SECRET_PATH: correct one of the two, or unset the former.",
      { reason: "WRONG_METADATA_PATH" },
    );
  }
}

/** Identifies what is stored. A damaged secret has no version. Undefined: nothing is stored. */
function storedState(state: Kv2State): string | undefined {
  if (state.status === "damaged") return state.status;
  return state.status === "found" ? versionOf(state.stored) : undefined;
}
