import { SecretsError } from "@archestra/secrets-core";
import { laidOutSql } from "./laid-out-sql.ts";

/** For whom the grants are. */
export interface GrantsOptions {
  /** The role that the application connects as, or a role that it is a member of. */
  readonly role: string;
  /** The schema of the tables. @default `public` */
  readonly schema?: string | undefined;
}

/** The privileges that an application needs on each table. Only migrations create or change tables. */
export const privileges: readonly (readonly [table: string, privileges: string])[] = [
  ["archestra_secrets", "SELECT, INSERT, UPDATE, DELETE"],
  ["archestra_secrets_keys", "SELECT, INSERT, UPDATE"],
  ["archestra_secrets_migrations", "SELECT"],
];

/**
 * Returns the statements that grant a PostgreSQL role everything that an application and a rotation need, and nothing more,
 * once another role has created the tables.
 *
 * @throws SecretsError INVALID_ARGUMENT for what cannot be the name of a role or of a schema
 * @example grants({ role: "app", schema: "vault" })
 */
export function grants({ role, schema = "public" }: GrantsOptions): string {
  const [grantee, namespace] = [identifier(role, "role"), identifier(schema, "schema")];
  const statements = [
    `GRANT USAGE ON SCHEMA ${namespace} TO ${grantee};`,
    ...privileges.map(([table, list]) => `GRANT ${list} ON TABLE ${namespace}."${table}" TO ${grantee};`),
  ];
  return `${statements.map(laidOutSql).join("\n")}\n`;
}

function identifier(name: unknown, what: string): string {
  if (
    typeof name !== "string" ||
    name === "" ||
    Buffer.byteLength(name) > 63 ||
    /\p{Cc}/u.test(name) ||
    !name.isWellFormed()
  ) {
    throw new SecretsError(
      "INVALID_ARGUMENT",
      `The option \`${what}\` must be the name of a ${what} of PostgreSQL: 1 to 63 bytes without control characters.`,
    );
  }
  return `"${name.replaceAll('"', '""')}"`;
}
