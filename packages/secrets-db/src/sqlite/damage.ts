import { isSecretsError, type SecretsError } from "@archestra/secrets-core";
import { sql } from "kysely";
import type { Statements } from "../database/statements.ts";
import { damagedDatabase } from "./file-error.ts";

const reasons: ReadonlySet<string | undefined> = new Set(["DATABASE_DAMAGED", "NOT_A_DATABASE"]);

/**
 * Checks a whole database, which takes a while: only before an error that damage would explain as well.
 *
 * @param path undefined: not known
 * @returns undefined when nothing is wrong with it
 */
export async function findDamage(statements: Statements, path?: string): Promise<SecretsError | undefined> {
  const { signal } = new AbortController();
  try {
    const rows = await statements.read({ signal }, (session) =>
      session.rows(sql<Record<string, unknown>>`PRAGMA integrity_check(1)`),
    );
    const isWhole = rows.every((row) => Object.values(row).every((finding) => finding === "ok"));
    return isWhole ? undefined : damagedDatabase(path, undefined);
  } catch (error) {
    return isSecretsError(error) && reasons.has(error.reason) ? error : undefined;
  }
}
