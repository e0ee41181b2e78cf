import { isSecretsError, SecretsError } from "@archestra/secrets-core";
import type { Kysely } from "kysely";
import type { SecretsSchema } from "../schema/tables.ts";

/**
 * The schema of the tables, from every place that can name one.
 *
 * @throws SecretsError INVALID_CONFIGURATION, reason SCHEMA_CONFLICT, when two of them disagree
 */
export function agreedSchema(
  setting: string | undefined,
  other: string | undefined,
  otherPlace: string,
): string | undefined {
  if (setting !== undefined && other !== undefined && setting !== other) {
    throw new SecretsError(
      "INVALID_CONFIGURATION",
      `ARCHESTRA_DATABASE_SCHEMA (the option \`schema\`) and ${otherPlace} name different schemas. Set one of them, or both to the same name. Upper and lower case count.`,
      { reason: "SCHEMA_CONFLICT" },
    );
  }
  return setting ?? other;
}

const SCHEMA_CHANGED = "SCHEMA_CHANGED";

/**
 * A URL that is read again may lead to another server, and not to the secrets of another application.
 *
 * @param schema that the start found
 * @param current that the URL names now
 * @throws SecretsError INVALID_CONFIGURATION, reason SCHEMA_CHANGED
 */
export function assertSameSchema(schema: string | undefined, current: string | undefined): void {
  if (current === undefined || current === schema) return;
  throw new SecretsError(
    "INVALID_CONFIGURATION",
    "The URL of the database names another schema than at the start. Nothing was sent. Correct its `?schema=`, or restart the process to use the other schema.",
    { reason: SCHEMA_CHANGED },
  );
}

export function isSchemaChange(error: unknown): boolean {
  return isSecretsError(error) && error.reason === SCHEMA_CHANGED;
}

/** Statements of an instance without plugins are in that schema from here on. */
export function inSchema<Instance extends Kysely<SecretsSchema>>(
  db: Instance,
  schema: string | undefined,
): Instance {
  // Of a transaction it makes a transaction.
  return schema === undefined ? db : (db.withSchema(schema) as Instance);
}

/** @throws SecretsError INVALID_CONFIGURATION, reason SCHEMA_UNSUPPORTED, when one is given */
export function assertNoSchema(schema: string | undefined): void {
  if (schema === undefined) return;
  throw new SecretsError(
    "INVALID_CONFIGURATION",
    "A schema is set (ARCHESTRA_DATABASE_SCHEMA, the option `schema`, or `withSchema` of the Kysely instance), and SQLite has none. Remove it, and give each application a file of its own: ARCHESTRA_DATABASE_URL=sqlite:…",
    { reason: "SCHEMA_UNSUPPORTED" },
  );
}

/**
 * The schema is not there.
 *
 * @param cause why it could not be created. Undefined: nothing tried to, since migrations are not to run
 */
export function missingSchema(cause?: unknown): SecretsError {
  const why =
    cause === undefined ? "no migrations may run" : "this user may not create schemas in the database";
  return new SecretsError(
    "INVALID_CONFIGURATION",
    `The schema that is set for the tables (ARCHESTRA_DATABASE_SCHEMA, \`?schema=\` of the URL, or \`withSchema\`) does not exist, and ${why}. Create it as a user who can (CREATE SCHEMA … AUTHORIZATION …), or correct its name. Upper and lower case count.`,
    { reason: "SCHEMA_MISSING", cause },
  );
}
