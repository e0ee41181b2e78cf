import { SecretsError } from "@archestra/secrets-core";
import type { HealthProblem } from "@archestra/secrets-core/plugin";
import type { Dialect } from "../database/dialect.ts";
import { sqliteDialect } from "./dialect.ts";
import { resultCodes, sqliteResultCode } from "./error.ts";
import { damagedDatabase, notADatabase } from "./file-error.ts";
import { findShortage, shortageError } from "./shortage.ts";

/** What is known of a file that is open. */
interface OpenFile {
  /** The path in the settings. */
  readonly path: string;
  /** @throws SecretsError when a change would go to a file that was deleted or replaced */
  readonly assertWritable: () => void;
  /** What is wrong with it now. */
  readonly problems: () => HealthProblem[];
}

/**
 * The dialect of one SQLite database, whose statements fail with a reason and a remedy where SQLite proves that nothing was
 * changed and says why: a damaged file, a full disk, a file that cannot be opened or written. Damage that a call met is a
 * problem from then on, since pages in SQLite's memory can hide it from the next call.
 *
 * @param file undefined: it is not known, as in a database of the application
 */
export function reportingDialect(file: OpenFile | undefined): Dialect {
  let damage: HealthProblem | undefined;
  return {
    ...sqliteDialect,
    explain(error, location) {
      const described = describeSqliteError(error, file?.path) ?? sqliteDialect.explain(error, location);
      if (described?.reason === "DATABASE_DAMAGED") {
        damage ??= { code: described.code, reason: described.reason, message: described.message };
      }
      return described;
    },
    assertWritable: () => file?.assertWritable(),
    problems: async (session) => [
      ...(file?.problems() ?? []),
      ...(damage === undefined ? [] : [damage]),
      ...(await sqliteDialect.problems(session)),
    ],
  };
}

/** Undefined: there is no more to say of it than its code, or it leaves open whether the change happened. */
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
