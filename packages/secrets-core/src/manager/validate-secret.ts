import { SecretsError } from "../errors/secrets-error.ts";
import {
  issuePath,
  type SchemaOutput,
  type SchemaResult,
  type StandardSchema,
} from "../registry/standard-schema.ts";
import { freezeOutput } from "../secret/freeze-deep.ts";
import { RedactedSecret } from "../secret/redacted-secret.ts";
import type { Secret } from "../secret/secret.ts";
import { formatPath } from "../secret/secret-value.ts";

/** A schema can reject each of ten thousand entries. */
const MAXIMUM_ISSUES = 200;
const MAXIMUM_PATH_LENGTH = 100;
const MAXIMUM_PATHS = 20;

/**
 * Returns a secret with the output of the caller's schema as its value.
 *
 * @throws SecretsError INVALID_VALUE with the rejected paths. A validator's own message may quote the value
 */
export async function validateSecret<Schema extends StandardSchema>(
  secret: Secret,
  schema: Schema,
): Promise<Secret<SchemaOutput<Schema>>> {
  let result: SchemaResult<unknown>;
  try {
    result = await schema["~standard"].validate(secret.value);
  } catch (error) {
    throw new SecretsError("INVALID_VALUE", "The schema threw an error for the stored value.", {
      reason: "SCHEMA_FAILED",
      cause: error,
    });
  }
  if (result.issues === undefined) {
    return new RedactedSecret(secret, freezeOutput(result.value) as SchemaOutput<Schema>);
  }
  const paths = new Set<string>();
  for (const { message, path } of result.issues.slice(0, MAXIMUM_ISSUES)) {
    paths.add(
      formatPath(issuePath({ message, path: path?.slice(0, MAXIMUM_PATH_LENGTH) })) || "the value itself",
    );
    if (paths.size >= MAXIMUM_PATHS) break;
  }
  const message = `The stored value does not match the schema at ${[...paths].join(", ")}. Store a valid value, or correct the schema.`;
  throw new SecretsError("INVALID_VALUE", message, { reason: "SCHEMA_REFUSED" });
}
