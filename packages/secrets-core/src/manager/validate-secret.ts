import { SecretsError } from "../errors/secrets-error.ts";
import {
  issuePath,
  type SchemaOutput,
  type SchemaResult,
  type StandardSchema,
} from "../registry/standard-schema.ts";
import { Secret } from "../secret/secret.ts";
import { formatPath, freezeDeep } from "../secret/secret-value.ts";

/**
 * A secret with its value as the caller's schema gives it.
 *
 * @throws SecretsError INVALID_VALUE with the paths that were refused; a validator's own words may quote the value
 */
export async function validateSecret<Schema extends StandardSchema>(
  secret: Secret,
  schema: Schema,
): Promise<Secret<SchemaOutput<Schema>>> {
  let result: SchemaResult<unknown>;
  try {
    result = await schema["~standard"].validate(secret.value);
  } catch (error) {
    throw new SecretsError("INVALID_VALUE", "The schema failed on the stored value.", {
      reason: "SCHEMA_FAILED",
      cause: error,
    });
  }
  if (result.issues === undefined) {
    return new Secret(secret, freezeDeep(result.value) as SchemaOutput<Schema>);
  }
  const paths = new Set(result.issues.map((issue) => formatPath(issuePath(issue)) || "the value itself"));
  throw new SecretsError(
    "INVALID_VALUE",
    `The stored value is not what the schema expects, at ${[...paths].slice(0, 20).join(", ")}. Store it anew, or correct the schema.`,
    { reason: "SCHEMA_REFUSED" },
  );
}
