import type { HealthProblem } from "@archestra/secrets-core/plugin";

const { readdirSync, readlinkSync } = process.getBuiltinModule("node:fs");

/**
 * Detects a second SQLite library in this process that has the same file open, such as `better-sqlite3` of the
 * application. The locks of POSIX belong to the process, and each library knows only its own connections: the first one
 * to close a connection drops the locks of the other.
 *
 * A library opens `-shm` once, however many connections it has, so two descriptors of it are two libraries. Only Linux
 * lists descriptors.
 *
 * @param path of the file itself, not of a link to it
 * @returns undefined when there is none, or it cannot be detected
 */
export function findSecondLibrary(path: string): HealthProblem | undefined {
  if (process.platform !== "linux" || countDescriptors(`${path}-shm`) < 2) return undefined;
  return {
    code: "INVALID_CONFIGURATION",
    reason: "SECOND_SQLITE_LIBRARY",
    message: `Two SQLite libraries have the database file ${path} open in this process, for example \`better-sqlite3\` of the application and \`node:sqlite\` of this package. When one closes a connection, the locks of the other are dropped, and confirmed changes can be lost. Pass the application's own Kysely instance as the option \`kysely\` of dbPlugin, or name another file with ARCHESTRA_DATABASE_URL=sqlite:…`,
  };
}

function countDescriptors(path: string): number {
  const folder = "/proc/self/fd";
  try {
    return readdirSync(folder).filter((descriptor) => targetOf(`${folder}/${descriptor}`) === path).length;
  } catch {
    return 0;
  }
}

/** Undefined: it was closed in between. */
function targetOf(descriptor: string): string | undefined {
  try {
    return readlinkSync(descriptor);
  } catch {
    return undefined;
  }
}
