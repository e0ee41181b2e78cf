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

/** An object of ten thousand entries can be refused at each. */
const MOST_ISSUES_READ = 200;
const MOST_STEPS_READ = 100;
const MOST_PATHS_SHOWN = 20;

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
    return new RedactedSecret(secret, freezeOutput(result.value) as SchemaOutput<Schema>);
  }
  const paths = new Set<string>();
  for (const { message, path } of result.issues.slice(0, MOST_ISSUES_READ)) {
    paths.add(
      formatPath(issuePath({ message, path: path?.slice(0, MOST_STEPS_READ) })) || "the value itself",
    );
    if (paths.size >= MOST_PATHS_SHOWN) break;
  }
  throw new SecretsError(
    "INVALID_VALUE",
    `The stored value is not what the schema expects, at ${[...paths].join(", ")}. Store it anew, or correct the schema.`,
    { reason: "SCHEMA_REFUSED" },
  );
}
