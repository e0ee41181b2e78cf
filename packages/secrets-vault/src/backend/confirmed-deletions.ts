import { type Expectation, type OperationContext, SecretsError } from "@archestra/secrets-core/plugin";
import { StoreAround } from "./store-around.ts";

/**
 * Reads a secret again after its deletion. Vault answers 204 to a deletion under any metadata path, also under one where
 * nothing is, so that a wrong `…_SECRET_METADATA_PATH` would leave the value while the deletion seems to have succeeded.
 */
export class ConfirmedDeletions extends StoreAround {
  override async delete(
    name: string,
    options: { readonly expect: Extract<Expectation, "any" | object> },
    context: OperationContext,
  ): Promise<boolean> {
    const before = await this.inner.get(name, context);
    const deleted = await this.inner.delete(name, options, context);
    if (!deleted || before === undefined) return deleted;
    const after = await this.inner.get(name, context);
    // Another version: another process created the secret again.
    if (after === undefined || after.version !== before.version) return deleted;
    throw new SecretsError(
      "INVALID_CONFIGURATION",
      "Vault accepted the deletion under ARCHESTRA_HASHICORP_VAULT_SECRET_METADATA_PATH, and the secret is still there. The path does not belong to ARCHESTRA_HASHICORP_VAULT_SECRET_PATH: correct one of the two, or unset the former.",
      { reason: "WRONG_METADATA_PATH" },
    );
  }
}
