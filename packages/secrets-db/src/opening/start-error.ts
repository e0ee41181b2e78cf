import { isSecretsError, SecretsError, type SecretsErrorCode } from "@archestra/secrets-core";
import type { OpenDatabase } from "../database/open-database.ts";
import { foreignSqliteClient } from "./application-database.ts";

const remedies: Partial<Record<SecretsErrorCode, string>> = {
  UNAVAILABLE: "cannot be reached, or takes no connections now. Start it, or correct ARCHESTRA_DATABASE_URL",
  UNAUTHENTICATED: "refuses the user or the password. Correct them in ARCHESTRA_DATABASE_URL",
  PERMISSION_DENIED:
    "does not permit this user to do what a start needs: to create tables, or, where they exist, to read and write them. As a user who can, run `archestra-secrets schema migrate`, and then the statements that `archestra-secrets schema grants --role …` prints for this user",
};

/** The error of a start, with the place of the database and a remedy, which the database does not know. */
export function startError(error: unknown, { statements, dialect, location }: OpenDatabase): unknown {
  if (isSecretsError(error)) return error;
  const explained = dialect.errors.explain(error, location) ?? foreignSqliteClient(error);
  if (explained !== undefined) return explained;
  const code = statements.classify(error);
  const remedy = code === undefined ? undefined : remedies[code];
  if (code === undefined || remedy === undefined) return error;
  const message = `${location[0]?.toUpperCase()}${location.slice(1)} ${remedy}.`;
  return new SecretsError(code, message, { cause: error });
}
