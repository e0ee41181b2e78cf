import { basename, dirname } from "node:path";
import { type Logger, SecretsError } from "@archestra/secrets-core";

const { readFileSync } = process.getBuiltinModule("node:fs");

/**
 * Warns when the database file itself is a mount point, as a single file that is mounted into a container is: SQLite
 * keeps what was written last in `-wal` beside it, which stays in the container and is lost with it.
 *
 * @param path of the file itself, not of a link to it
 * @throws SecretsError INVALID_CONFIGURATION, reason FILE_MOUNTED, in strict mode
 */
export function assertNotMounted(path: string, strict: boolean, logger: Logger): void {
  if (!isMountPoint(path)) return;
  const message = `The database file ${path} is a mount point of its own. SQLite keeps the latest changes in ${basename(path)}-wal beside it, which is outside the mount and is lost with the container. Mount the folder ${dirname(path)} instead of the single file (in Kubernetes: a volume without \`subPath\` to the file).`;
  if (strict) throw new SecretsError("INVALID_CONFIGURATION", message, { reason: "FILE_MOUNTED" });
  logger.warn({ code: "ARCHESTRA_SECRETS_DATABASE_FILE_MOUNTED", path }, message);
}

/** Only Linux has a list of mounts to read. */
function isMountPoint(path: string): boolean {
  if (process.platform !== "linux") return false;
  try {
    const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
    return mounts.some((line) => unescapePath(line.split(" ", 5)[4] ?? "") === path);
  } catch {
    return false;
  }
}

/** A space, a tab, a line feed and a backslash are written in octal. */
function unescapePath(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
