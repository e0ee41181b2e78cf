import type { HealthProblem } from "@archestra/secrets-core/plugin";

const { statSync } = process.getBuiltinModule("node:fs");

/**
 * Remembers the file to which a path leads, so that a deletion or a replacement is noticed.
 *
 * @param path of a file that was just opened
 * @returns the problem at the time of a call. Undefined: the path still leads to the file that is open
 */
export function watchFile(path: string): () => HealthProblem | undefined {
  const opened = statusOf(path);
  return () => {
    const status = statusOf(path);
    if (status !== undefined && status.dev === opened?.dev && status.ino === opened?.ino) return undefined;
    const change = status === undefined ? "was deleted or moved" : "was replaced by another file";
    return {
      code: "INVALID_CONFIGURATION",
      reason: "DATABASE_REPLACED",
      message: `The database file ${path} ${change} while this process has it open. Reads still return what the file held; changes are refused, because they would be lost. Put the file in its place, and restart every process that had it open. Replace a database file only while no process has it open.`,
    };
  };
}

/** Undefined: the file does not exist, or its folder cannot be reached any more. As bigints, since inodes have 64 bits. */
function statusOf(path: string) {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
