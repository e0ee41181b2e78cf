import { isSecretsError, SecretsError } from "@archestra/secrets-core";
import type { HealthProblem } from "@archestra/secrets-core/plugin";
import { sql } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import { explainFence } from "../database/move-fences.ts";
import type { Statements } from "../database/statements.ts";
import { sqliteDialect } from "./dialect.ts";
import { resultCodes, sqliteResultCode } from "./error.ts";
import { damagedDatabase, notADatabase } from "./file-error.ts";
import { watchFile } from "./file-identity.ts";
import { findSecondLibrary } from "./second-library.ts";
import { findShortage, shortageError } from "./shortage.ts";

/** A database file that is open. */
interface OpenFile {
  /** The path in the settings. */
  readonly path: string;
  /** The path of the file itself, not of a link to it. */
  readonly target: string;
}

/**
 * The dialect of one SQLite database, whose statements fail with a reason and a remedy where SQLite proves that nothing was
 * changed and reports why: a damaged file, a full disk, a file that cannot be opened or written. Damage that a call met is a
 * problem from then on, since pages in SQLite's memory can hide it from the next call.
 *
 * @param file undefined: its path is not known, as in a database of the application
 */
export function reportingDialect(file: OpenFile | undefined): Dialect {
  let damage: HealthProblem | undefined;
  const replacement = file === undefined ? () => undefined : watchFile(file.path);
  return {
    ...sqliteDialect,
    errors: {
      ...sqliteDialect.errors,
      explain(error, location) {
        const described = describeSqliteError(error, file?.path) ?? explainFence(error, location);
        if (described?.reason === "DATABASE_DAMAGED") {
          damage ??= { code: described.code, reason: described.reason, message: described.message };
        }
        return described;
      },
    },
    assertWritable() {
      const problem = replacement();
      if (problem !== undefined)
        throw new SecretsError(problem.code, problem.message, { reason: problem.reason });
    },
    async problems(session) {
      const secondLibrary = file === undefined ? undefined : findSecondLibrary(file.target);
      const found = [replacement(), secondLibrary, damage, ...(await sqliteDialect.problems(session))];
      return found.filter((problem) => problem !== undefined);
    },
  };
}

/** Undefined: its code is enough, or it leaves open whether the change happened. */
export function describeSqliteError(error: unknown, path: string | undefined): SecretsError | undefined {
  const code = sqliteResultCode(error);
  if (code === resultCodes.SQLITE_CORRUPT) return damagedDatabase(path, error);
  if (code === resultCodes.SQLITE_NOTADB) return notADatabase(path, error);
  if (code === resultCodes.SQLITE_READONLY) return readOnlyDatabase(path, error);
  if (code !== resultCodes.SQLITE_FULL && code !== resultCodes.SQLITE_CANTOPEN) return undefined;
  const shortage = findShortage(path, error);
  return shortage === undefined ? undefined : shortageError(shortage, path, error);
}

function readOnlyDatabase(path: string | undefined, cause: unknown): SecretsError {
  const place = path === undefined ? "The SQLite database" : `The SQLite database ${path}`;
  return new SecretsError(
    "PERMISSION_DENIED",
    `${place} is read-only for this process. Nothing was changed. Make the file, its folder, and the files -wal and -shm beside it writable for the user of this process, or mount the file system for writing.`,
    { reason: "DATABASE_READ_ONLY", cause },
  );
}

const damageReasons: ReadonlySet<string | undefined> = new Set(["DATABASE_DAMAGED", "NOT_A_DATABASE"]);

/**
 * Checks a whole database, which takes a while: only before an error that damage would explain as well.
 *
 * @param path undefined: not known
 * @returns undefined when it is intact
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
    return isSecretsError(error) && damageReasons.has(error.reason) ? error : undefined;
  }
}
