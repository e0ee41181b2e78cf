import { type CallContext, type Expectation, SecretsError } from "@archestra/secrets-core/plugin";
import { StoreAround } from "./store-around.ts";
import { isDamaged } from "./vault-calls.ts";

const DAMAGED = Symbol("damaged");

/**
 * Reads a secret again after its deletion. Vault answers 204 to a deletion under any metadata path, also under one where
 * nothing is, so that a wrong `…_SECRET_METADATA_PATH` would leave the value while the deletion seems to have succeeded.
 */
export class ConfirmedDeletions extends StoreAround {
  override async delete(
    name: string,
    options: { readonly expect: Extract<Expectation, "any" | object> },
    context: CallContext,
  ): Promise<boolean> {
    const before = await this.#versionOf(name, context);
    const deleted = await this.inner.delete(name, options, context);
    // A damaged one is looked for under the metadata path alone, where nothing may be.
    if (before === undefined || (!deleted && before !== DAMAGED)) return deleted;
    const after = await this.#versionOf(name, context);
    // Another version: another process created the secret again.
    if (after !== before) return deleted;
    throw new SecretsError(
      "INVALID_CONFIGURATION",
      "The deletion under ARCHESTRA_HASHICORP_VAULT_SECRET_METADATA_PATH had no effect: the secret is still there. The path does not belong to ARCHESTRA_HASHICORP_VAULT_SECRET_PATH: correct one of the two, or unset the former.",
      { reason: "WRONG_METADATA_PATH" },
    );
  }

  /** Undefined: there is no secret. A damaged one, which its deletion mends, shows no version. */
  async #versionOf(name: string, context: CallContext): Promise<string | typeof DAMAGED | undefined> {
    try {
      return (await this.inner.get(name, context))?.version;
    } catch (error) {
      if (isDamaged(error)) return DAMAGED;
      throw error;
    }
  }
}
